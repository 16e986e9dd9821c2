// Will the disk under the session database be there tomorrow, and has it room?
import { type Finding, findingsOf } from './finding.ts'

export interface DiskFacts {
  readonly path: string
  /** As Linux numbers them (statfs(2)); undefined elsewhere. */
  readonly fileSystem: number | undefined
  readonly freeBytes: number
  readonly isDyno: boolean
}

/** Gone with the container, or with the machine's next start. */
const FLEETING: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'memory (tmpfs)'],
  [0x858458f6, 'memory (ramfs)'],
  [0x794c7630, "the container's own layer (overlay)"],
  [0x61756673, "the container's own layer (aufs)"],
])

/** Where locks and shared memory do not work between machines. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x0bd00bd0, 'Lustre'],
  [0x00c36400, 'Ceph'],
])

const MEGABYTE = 1024 * 1024
const FULL = 50 * MEGABYTE
const ALMOST = 500 * MEGABYTE

export function judgeDisk({ path, fileSystem = 0, freeBytes, isDyno }: DiskFacts): Finding[] {
  const { ok, warning, problem } = findingsOf('disk')
  // Some read it as a signed number.
  const number = fileSystem >>> 0
  const remote = REMOTE.get(number)
  const fleeting = FLEETING.get(number)
  const free = `${Math.round(freeBytes / MEGABYTE)} MB free`
  const found: Finding[] = []
  if (remote !== undefined) {
    found.push(
      problem(
        `${path} is on a network file system (${remote}), where SQLite breaks: set store.path to a disk of this machine, or keep sessions in Redis`,
      ),
    )
  } else if (isDyno) {
    found.push(warning(`${path} is on a dyno's disk, which every restart erases: add heroku-redis`))
  } else if (fleeting !== undefined) {
    found.push(
      warning(
        `${path} is in ${fleeting}, which is gone with it, and everybody is signed out: mount a volume there`,
      ),
    )
  }
  if (freeBytes < FULL)
    found.push(problem(`${path} has ${free}: nobody can sign in when it is full`))
  else if (freeBytes < ALMOST) found.push(warning(`${path} has ${free}: make room`))
  return found.length > 0 ? found : [ok(free)]
}
