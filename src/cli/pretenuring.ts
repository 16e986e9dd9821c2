// Has V8 make every object among the young ones, where what a request leaves behind is collected at little cost.
import { setFlagsFromString } from 'node:v8'

/**
 * Before any other code of ours. V8 judges by the first few hundred calls which objects live long, and makes those
 * among the old ones from then on. Where hundreds sign in at one moment, as after a restart, everything that a request
 * makes looks long-lived: each request keeps 3 KB until the next full collection, the process is twice the size, and
 * one answer in a hundred waits for a collection.
 */
export function neverPretenure(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
