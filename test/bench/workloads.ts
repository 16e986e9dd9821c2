// What is asked of every contestant. Each answer begins with the name of whoever's token came with the request.

export interface Workload {
  readonly name: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Bytes of the request's body. */
  readonly sends: number
  /** Bytes of the answer's body. */
  readonly receives: number
}

const KIB = 1024
const MIB = 1024 * KIB

export const workloads: readonly Workload[] = [
  {
    name: 'get',
    title: 'GET 1 KiB',
    method: 'GET',
    path: '/api/notes',
    sends: 0,
    receives: KIB,
  },
  {
    name: 'post',
    title: 'POST 16 KiB',
    method: 'POST',
    path: '/api/drawings',
    sends: 16 * KIB,
    receives: 128,
  },
  {
    name: 'download',
    title: 'GET 1 MiB',
    method: 'GET',
    path: '/api/export',
    sends: 0,
    receives: MIB,
  },
]

/** For one question only: whether memory grows with what passes through. */
export const archive: Workload = {
  name: 'archive',
  title: 'GET 128 MiB',
  method: 'GET',
  path: '/api/archive',
  sends: 0,
  receives: 128 * MIB,
}

/** JSON of exactly `bytes` bytes whose first member is its owner. */
export function ownedJson(owner: string, bytes: number): Buffer {
  const start = `${ownerMark(owner)},"filling":"`
  const words = 'the counter keeps what the ticket names '
  const filling = words.repeat(Math.ceil(bytes / words.length)).slice(0, bytes - start.length - 2)
  return Buffer.from(`${start}${filling}"}`, 'latin1')
}

/** How every owned body begins. */
export function ownerMark(owner: string): string {
  return `{"owner":"${owner}"`
}
