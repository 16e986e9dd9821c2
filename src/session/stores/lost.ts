// A store that cannot be reached at all, as its driver knows: one such failure says everything.
import { StoreUnreachableError } from '../store.ts'

/** There is no connection, and none could be had: neither reading nor writing gets through at the moment. */
export class StoreLostError extends StoreUnreachableError {
  /** An earlier try of the same call may have got through. */
  readonly begun: boolean

  constructor(message: string, options: ErrorOptions & { readonly begun: boolean }) {
    super(message, options)
    this.begun = options.begun
  }
}
