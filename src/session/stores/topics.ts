// Who in this process listens to what a store publishes.

export interface Topics {
  subscribe(topic: string, listener: (message: string) => void): () => void
  /** Calls every subscriber of `topic`; one that throws keeps the message from nobody else. */
  deliver(topic: string, message: string): void
  clear(): void
}

export function createTopics(onError: (error: unknown) => void): Topics {
  const listeners = new Map<string, Set<(message: string) => void>>()
  return {
    subscribe(topic, listener) {
      // Wrapped, so that one function subscribed twice is two subscribers.
      const own = (message: string) => listener(message)
      const all = listeners.get(topic) ?? new Set()
      listeners.set(topic, all.add(own))
      return () => {
        all.delete(own)
        if (all.size === 0 && listeners.get(topic) === all) listeners.delete(topic)
      }
    },
    deliver(topic, message) {
      for (const listener of [...(listeners.get(topic) ?? [])]) {
        try {
          listener(message)
        } catch (error) {
          onError(error)
        }
      }
    },
    clear: () => listeners.clear(),
  }
}
