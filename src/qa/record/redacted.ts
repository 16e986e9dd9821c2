// Text without a secret in it, and a type that says so: nothing else can be written to a recording.
import type { Brand } from '../../lib/brand.ts'

/** One entry of a recording, as JSON in one line; made by `createEntries` only. */
export type RedactedLine = Brand<string, 'RedactedLine'>

/** The same in pieces, bytes in UTF-8 among them; made by `createEntryPieces` only. */
export type RedactedPieces = Brand<ReadonlyArray<string | Buffer>, 'RedactedPieces'>
