// A store that cannot be reached at all, as its driver knows: one such failure says everything.
import { StoreUnreachableError } from '../store.ts'

/** There is no connection, and none could be had: neither reading nor writing gets through at the moment. */
export class StoreLostError extends StoreUnreachableError {}
