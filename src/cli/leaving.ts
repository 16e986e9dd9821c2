// Tells work that runs processes of its own when the program is told to end, and ends it then as if nobody had listened.

/** `using leaving = openLeaving()`: until the end of the block. */
export function openLeaving(): Disposable & { readonly signal: AbortSignal } {
  const leaving = new AbortController()
  const leave = (signal: NodeJS.Signals) => {
    leaving.abort()
    stop()
    process.kill(process.pid, signal)
  }
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, leave)
  }
  for (const signal of SIGNALS) process.on(signal, leave)
  return { signal: leaving.signal, [Symbol.dispose]: stop }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
