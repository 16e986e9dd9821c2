// A store in which one session's idle deadline can be moved back. The drivers only ever move it on, so that no late touch
// undoes a newer one; here a record says of itself, in `device`, by how much it runs ahead, in every process that shares it.
import type { SessionRecord, StoreKey } from '../session/session.ts'
import type { SessionStore } from '../session/store.ts'

const MOVED = /^(.{1,40}) \+(\d{1,13})ms$/

/** ms by which a session runs ahead of everybody else's clock. */
export function aheadMs({ device }: Pick<SessionRecord, 'device'>): number {
  return Number(MOVED.exec(device)?.[2] ?? 0)
}

export function deviceAhead(device: string, ms: number): string {
  const name = MOVED.exec(device)?.[1] ?? device
  return ms === 0 ? name : `${name.slice(0, 40)} +${ms}ms`
}

export function createClockStore<Store extends SessionStore>(store: Store): Store {
  // Of sessions that run ahead only, so that a touch finds its offset without reading.
  const ahead = new Map<StoreKey, number>()

  function note(key: StoreKey, record: Pick<SessionRecord, 'device' | 'state'> | undefined) {
    const ms = record && record.state !== 'ended' ? aheadMs(record) : 0
    if (ms === 0) ahead.delete(key)
    else ahead.set(key, ms)
  }

  function shown(record: SessionRecord): SessionRecord {
    const ms = aheadMs(record)
    return ms === 0 ? record : { ...record, ...shifted(record, -ms) }
  }

  function kept(record: SessionRecord): SessionRecord {
    const ms = aheadMs(record)
    return ms === 0 ? record : { ...record, ...shifted(record, ms) }
  }

  return {
    ...store,
    get provenAt() {
      return store.provenAt
    },
    async get(key) {
      const record = await store.get(key)
      note(key, record)
      return record && shown(record)
    },
    async add(key, record) {
      const added = await store.add(key, kept(record))
      if (added) note(key, record)
      return added
    },
    async replace(key, record) {
      const replaced = await store.replace(key, kept(record))
      if (replaced) note(key, record)
      return replaced
    },
    touch: (key, times) => store.touch(key, shifted(times, ahead.get(key) ?? 0)),
    async delete(key, reason, now) {
      const record = await store.delete(key, reason, now)
      ahead.delete(key)
      return record && shown(record)
    },
    async list(filter, page) {
      const { sessions, ...rest } = await store.list(filter, page)
      return {
        sessions: sessions.map(({ key, record }) => ({ key, record: shown(record) })),
        ...rest,
      }
    },
  }
}

function shifted(times: { seenAt: number; idleAt: number }, ms: number) {
  return { seenAt: times.seenAt + ms, idleAt: times.idleAt + ms }
}
