// What a worker and the process that started it say to each other: never a secret, since each reads the configuration
// for itself.
import type { MetricsSnapshot } from '../http/metrics.ts'
import type { DeskAnswer, DeskRequest } from '../session/desk.ts'
import type { StoreAbout } from '../session/store.ts'

export type ToWorker =
  /** Comes with the connection. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: 'store' | 'metrics' }
  | { readonly kind: 'desk'; readonly id: number; readonly request: DeskRequest }
  /** Nobody else is handed over; the worker ends when whoever is in has been served. */
  | { readonly kind: 'drain' }

export type FromWorker =
  /** `live`: sessions in the store. */
  | { readonly kind: 'ready'; readonly live: number; readonly about?: StoreAbout }
  /** The connection is the worker's; nothing of it has been read before. */
  | { readonly kind: 'taken' }
  /** `true`: the store takes reads and writes. */
  | { readonly kind: 'store'; readonly id: number; readonly answers: boolean }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: MetricsSnapshot }
  | { readonly kind: 'desk'; readonly id: number; readonly answer: DeskAnswer }
  /** Everything it has counted, once nothing can be added. */
  | { readonly kind: 'last'; readonly metrics: MetricsSnapshot }
