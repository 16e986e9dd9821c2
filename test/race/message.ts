// A call over the network: sent, then arrived (it has its effect), then answered; each step happens when it is told to.

export interface Message {
  readonly id: number
  readonly name: string
  readonly sentAt: number
  /** Waits for the other side as long as that takes: no bound on its time but the caller's own. */
  readonly patient: boolean
  state: 'sent' | 'arrived' | 'over'
  /** What will be answered, in a comparable form. */
  outcome: string
  /** The effect; the answer is kept until `reply`. */
  arrive(): Promise<void>
  /** The answer reaches whoever called. */
  reply(): void
  /** Whoever called gets `error`, at once. */
  fail(error: Error): void
  /** Whoever called hears nothing. */
  lose(): void
}

export interface Mail {
  /** Sends; resolves when the scheduler has delivered the answer. */
  send<T>(name: string, effect: (message: Message) => Promise<T>, patient?: boolean): Promise<T>
  /** Those that are not over, in the order they were sent. */
  pending(): Message[]
}

export function createMail(now: () => number): Mail {
  const messages = new Set<Message>()
  let count = 0
  return {
    send<T>(name: string, effect: (message: Message) => Promise<T>, patient = false) {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      let answer = (): void => undefined
      const over = (): void => {
        message.state = 'over'
        messages.delete(message)
      }
      const message: Message = {
        id: count++,
        name,
        sentAt: now(),
        patient,
        state: 'sent',
        outcome: '',
        async arrive() {
          message.state = 'arrived'
          try {
            const value = await effect(message)
            message.outcome = textOf(value)
            answer = () => resolve(value)
          } catch (error) {
            message.outcome = String(error)
            answer = () => reject(error)
          }
        },
        reply() {
          over()
          answer()
        },
        fail(error) {
          over()
          reject(error)
        },
        lose: () => over(),
      }
      messages.add(message)
      return promise
    },
    pending: () => [...messages],
  }
}

/** Two values with the same text cannot be told apart by whoever gets them. */
export function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) =>
      part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
    ) ?? 'undefined'
  )
}
