// Leases that may have been given to nobody: the answer never came, and a server that was frozen does what it was asked
// once it thaws. Each is released by its owner's word, which nobody else knows, until that is done or it has lapsed.
import type { Clock } from '../../lib/clock.ts'
import { StoreLostError } from './lost.ts'

export interface Ghosts {
  /** A lease that lapses after `ms`, whose answer did not come; not where `why` proves that it was never asked for. */
  add(key: string, owner: string, ms: number, why?: unknown): void
  close(): void
}

export interface GhostsOptions {
  /** Rejects when the server cannot be reached. */
  readonly release: (key: string, owner: string) => Promise<void>
  /** Real time, whatever the store's clock shows. */
  readonly timer: Clock
}

/** Between two tries, and between a release and the second look. */
const RETRY_MS = 250

interface Ghost {
  readonly key: string
  readonly owner: string
  readonly until: number
  /** A release may overtake what was asked on a connection that has gone, so that it is repeated. */
  releases: number
}

export function createGhosts({ release, timer }: GhostsOptions): Ghosts {
  const all = new Set<Ghost>()
  let waiting = false
  let closed = false
  let cancel = () => {}

  /** In turn, up to the first that fails: then the others would as well. */
  async function look(): Promise<void> {
    const now = timer.now()
    for (const ghost of all) {
      if (now >= ghost.until) all.delete(ghost)
      else if (closed || !(await isReleased(ghost))) break
      else if (++ghost.releases === 2) all.delete(ghost)
    }
    waiting = false
    lookLater()
  }

  function isReleased({ key, owner }: Ghost): Promise<boolean> {
    return release(key, owner).then(
      () => true,
      () => false,
    )
  }

  function lookLater(): void {
    if (waiting || closed || all.size === 0) return
    waiting = true
    cancel = timer.after(RETRY_MS, () => void look())
  }

  return {
    add(key, owner, ms, why) {
      if (why instanceof StoreLostError && !why.begun) return
      all.add({ key, owner, until: timer.now() + ms, releases: 0 })
      lookLater()
    },
    close() {
      closed = true
      cancel()
    },
  }
}
