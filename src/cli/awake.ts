// Keeps the process alive while work runs that only waits: what waits for an answer or its turn holds nothing open by itself.

/** `using _awake = keepAwake()`: until the end of the block. */
export function keepAwake(): Disposable {
  const timer = setInterval(() => {}, 1_000)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
