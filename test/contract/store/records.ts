// What a store keeps and how it is changed: records, replacements, touches.
import { describe, expect, it } from 'vitest'
import { storeKey } from '../../support/records.ts'
import { A_KEY, type AtStore, LAG_MS, STRANGE_NAMES } from './at-store.ts'

export function recordPromises(at: AtStore): void {
  describe('records', () => {
    it('gives back what was added, every field and byte of it', async () => {
      const whole = at.record({
        revision: 7,
        state: 'pending',
        providerSid: 'sid-1',
        sub: 'ädä \u{1f642}',
        device: '',
        sealed: Uint8Array.from({ length: 5000 }, (_, index) => index % 256),
      })

      await at.store.add(A_KEY, whole)

      expect(await at.store.get(A_KEY)).toStrictEqual(whole)
    })

    it('leaves out what was left out', async () => {
      const plain = await at.add(A_KEY)

      expect(Object.keys((await at.store.get(A_KEY)) ?? {}).sort()).toEqual(
        Object.keys(plain).sort(),
      )
    })

    it('keeps bytes of its own: changing what went in or came out changes nothing', async () => {
      const { sealed } = await at.add(A_KEY, { sealed: Uint8Array.of(1, 2, 3) })
      sealed[0] = 9
      const read = await at.store.get(A_KEY)
      if (read) read.sealed[1] = 9

      expect((await at.store.get(A_KEY))?.sealed).toEqual(Uint8Array.of(1, 2, 3))
    })

    it('keeps bytes that are part of a larger buffer, and only those', async () => {
      const pool = Buffer.from('before|sealed|after')

      await at.store.add(A_KEY, at.record({ sealed: pool.subarray(7, 13) }))

      const sealed = (await at.store.get(A_KEY))?.sealed ?? new Uint8Array()
      expect(Buffer.from(sealed).toString()).toBe('sealed')
    })

    it('knows nothing of a key that was never added', async () => {
      await at.add(A_KEY)

      expect(await at.store.get(storeKey('another'))).toBeUndefined()
    })

    it('adds over nothing that is there, and of many at once adds one', async () => {
      const subs = Array.from({ length: 50 }, (_, index) => `sub-${index}`)

      const added = await Promise.all(subs.map((sub) => at.store.add(A_KEY, at.record({ sub }))))

      expect(added.filter(Boolean)).toHaveLength(1)
      expect((await at.store.get(A_KEY))?.sub).toBe(subs[added.indexOf(true)])
    })

    it('keeps names that mean something elsewhere apart', async () => {
      for (const sub of STRANGE_NAMES) await at.add(storeKey(sub), { sub })

      for (const sub of STRANGE_NAMES) {
        expect((await at.store.get(storeKey(sub)))?.sub).toBe(sub)
        expect(await at.subsOf({ provider: 'main', sub })).toEqual([sub])
      }
      expect(await at.store.get(storeKey('hasOwnProperty'))).toBeUndefined()
    })

    it('has lost a record from its end on, and takes another in its place', async () => {
      const { endsAt } = await at.add(A_KEY, { endsAt: at.now() + 2000 })
      await at.advance(endsAt - at.now() - 500)
      expect(await at.store.get(A_KEY)).toBeDefined()

      await at.advance(500)

      expect(await at.store.get(A_KEY)).toBeUndefined()
      expect(await at.store.count()).toBe(0)
      expect(await at.subsOf({ all: true })).toEqual([])
      expect(await at.store.replace(A_KEY, at.record({ revision: 2 }))).toBe(false)
      expect(await at.store.delete(A_KEY, 'revoked', at.now())).toBeUndefined()
      await at.add(A_KEY, { sub: 'bea' })
      expect((await at.store.get(A_KEY))?.sub).toBe('bea')
    })
  })

  describe('replace', () => {
    it('writes over the revision before it', async () => {
      await at.add(A_KEY, { providerSid: 'sid-1' })
      const next = at.record({ revision: 2, sub: 'bea', sealed: Uint8Array.of(4) })

      expect(await at.store.replace(A_KEY, next)).toBe(true)

      expect(await at.store.get(A_KEY)).toStrictEqual(next)
    })

    it.each([0, 1, 3, 4])('refuses revision %i over revision 1', async (revision) => {
      const added = await at.add(A_KEY)

      expect(await at.store.replace(A_KEY, at.record({ revision, sub: 'eve' }))).toBe(false)

      expect(await at.store.get(A_KEY)).toStrictEqual(added)
    })

    it('refuses where there is nothing', async () => {
      expect(await at.store.replace(A_KEY, at.record({ revision: 2 }))).toBe(false)
      expect(await at.store.get(A_KEY)).toBeUndefined()
    })

    it('lets one of a hundred replacements of one revision win', async () => {
      await at.add(A_KEY)
      const subs = Array.from({ length: 100 }, (_, index) => `sub-${index}`)

      const won = await Promise.all(
        subs.map((sub) => at.store.replace(A_KEY, at.record({ revision: 2, sub }))),
      )

      expect(won.filter(Boolean)).toHaveLength(1)
      expect((await at.store.get(A_KEY))?.sub).toBe(subs[won.indexOf(true)])
    })

    it('can move the end', async () => {
      await at.add(A_KEY)
      await at.store.replace(A_KEY, at.record({ revision: 2, endsAt: at.now() + 500 }))

      await at.advance(500)

      expect(await at.store.get(A_KEY)).toBeUndefined()
    })
  })

  describe('touch', () => {
    it('moves both times forward without a new revision', async () => {
      const added = await at.add(A_KEY)
      const times = { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 }

      await at.store.touch(A_KEY, times)
      await at.advance(LAG_MS)

      expect(await at.store.get(A_KEY)).toStrictEqual({ ...added, ...times })
    })

    it('never moves a time back, in whatever order touches come', async () => {
      const added = await at.add(A_KEY)
      const { seenAt, idleAt } = added

      await at.store.touch(A_KEY, { seenAt: seenAt + 20, idleAt: idleAt - 1 })
      await at.store.touch(A_KEY, { seenAt: seenAt + 10, idleAt: idleAt + 5 })
      await at.advance(LAG_MS)
      await at.store.touch(A_KEY, { seenAt: seenAt - 10, idleAt: idleAt - 10 })
      await at.advance(LAG_MS)

      expect(await at.store.get(A_KEY)).toMatchObject({ seenAt: seenAt + 20, idleAt: idleAt + 5 })
    })

    it('is not undone by a replacement that did not know of it', async () => {
      const added = await at.add(A_KEY)
      await at.store.touch(A_KEY, { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 })
      await at.advance(LAG_MS)

      await at.store.replace(A_KEY, { ...added, revision: 2 })

      expect(await at.store.get(A_KEY)).toMatchObject({
        revision: 2,
        seenAt: added.seenAt + 10,
        idleAt: added.idleAt + 10,
      })
    })

    it('does not get in the way of a replacement', async () => {
      const added = await at.add(A_KEY)

      const [, replaced] = await Promise.all([
        at.store.touch(A_KEY, { seenAt: added.seenAt + 10, idleAt: added.idleAt + 10 }),
        at.store.replace(A_KEY, { ...added, revision: 2 }),
        at.store.touch(A_KEY, { seenAt: added.seenAt + 20, idleAt: added.idleAt + 20 }),
      ])
      await at.advance(LAG_MS)

      expect(replaced).toBe(true)
      expect(await at.store.get(A_KEY)).toMatchObject({ revision: 2, seenAt: added.seenAt + 20 })
    })

    it('does nothing where no record is live', async () => {
      await at.add(A_KEY)
      await at.store.delete(A_KEY, 'signed_out', at.now())
      const tombstone = await at.store.get(A_KEY)
      const later = { seenAt: at.now() + 60_000, idleAt: at.now() + 60_000 }

      await at.store.touch(A_KEY, later)
      await at.store.touch(storeKey('nobody'), later)
      await at.advance(LAG_MS)

      expect(await at.store.get(A_KEY)).toStrictEqual(tombstone)
      expect(await at.store.get(storeKey('nobody'))).toBeUndefined()
    })
  })
}
