// What every session store promises, tested the same way for all of them: one call of `storeContract` a driver.
import { afterEach, beforeEach, describe } from 'vitest'
import type { SessionStore } from '../../src/session/store.ts'
import { atStore, type OpenStore } from './store/at-store.ts'
import { closingPromises } from './store/closing.ts'
import { endingPromises } from './store/endings.ts'
import { eventPromises } from './store/events.ts'
import { jobPromises } from './store/jobs.ts'
import { listPromises } from './store/lists.ts'
import { lockPromises } from './store/locks.ts'
import { recordPromises } from './store/records.ts'

/** `open` is called for each test, and what it opened is disposed of after it. */
export function storeContract(
  name: string,
  scope: SessionStore['scope'],
  open: () => Promise<OpenStore>,
): void {
  describe(`${name} session store`, () => {
    let opened: OpenStore
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.dispose())

    const at = atStore(() => opened)
    recordPromises(at)
    endingPromises(at)
    listPromises(at)
    lockPromises(at)
    jobPromises(at)
    eventPromises(at, scope)
    closingPromises(at)
  })
}
