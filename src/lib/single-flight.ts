// Work for one key runs once at a time; whoever asks meanwhile gets the same outcome.

export interface SingleFlight<T> {
  /** Starts `work` unless it is under way for `key`; the outcome, failure included, goes to all who asked. */
  run(key: string, work: () => Promise<T>): Promise<T>
  readonly size: number
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>()
  return {
    run(key, work) {
      const underWay = flights.get(key)
      if (underWay) return underWay
      const flight = work().finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
    get size() {
      return flights.size
    },
  }
}
