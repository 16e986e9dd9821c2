// A session record as a row, and a row as a record.
import type { EndReason, SessionRecord } from '../session.ts'

/** Everything but the sealed bytes, in the order of a row. */
export const FACTS =
  'version, revision, state, reason, provider, sub, provider_sid, ref, device,' +
  ' created_at, seen_at, idle_at, ends_at'

export const COLUMNS = `${FACTS}, sealed`

type Facts = [
  version: 1,
  revision: number,
  state: SessionRecord['state'],
  reason: EndReason | null,
  provider: string,
  sub: string,
  providerSid: string | null,
  ref: string,
  device: string,
  createdAt: number,
  seenAt: number,
  idleAt: number,
  endsAt: number,
]

export type Row = [...Facts, sealed?: Uint8Array]

export function toRow(record: SessionRecord): Row {
  return [
    record.version,
    record.revision,
    record.state,
    record.reason ?? null,
    record.provider,
    record.sub,
    record.providerSid ?? null,
    record.ref,
    record.device,
    record.createdAt,
    record.seenAt,
    record.idleAt,
    record.endsAt,
    record.sealed,
  ]
}

/** Without sealed bytes in the row, the record's are empty. */
export function toRecord(row: Row): SessionRecord {
  const [version, revision, state, reason, provider, sub, providerSid, ref, device, ...rest] = row
  const [createdAt, seenAt, idleAt, endsAt, sealed] = rest
  return {
    version,
    revision,
    state,
    ...(reason === null ? {} : { reason }),
    provider,
    sub,
    ...(providerSid === null ? {} : { providerSid }),
    ref,
    device,
    createdAt,
    seenAt,
    idleAt,
    endsAt,
    sealed: sealed ? bytesOf(sealed) : new Uint8Array(0),
  }
}

/** The driver's Buffer as the plain bytes it was given. */
export function bytesOf(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
