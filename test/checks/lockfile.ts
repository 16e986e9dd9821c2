// The lock file: nothing below a published hole, nothing from elsewhere than the public registry, nothing that makes `npm ci` refuse.
import { satisfies } from 'semver'

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly name?: string
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Below these versions there is a published hole in what we use; every copy counts, nested ones too. */
export const floors: Readonly<Record<string, string>> = {
  fastify: '>=5.12.2',
  '@fastify/http-proxy': '>=11.6.2',
  '@fastify/reply-from': '>=12.6.4',
  '@fastify/secure-session': '>=7.3.0',
  '@fastify/static': '>=10.1.2',
  'find-my-way': '>=9.7.0',
  undici: '>=7.30.0 <8 || >=8.10.2',
  ws: '>=8.21.0',
  node: '>=22.23.0 <23 || >=24.17.0 <25 || >=26.3.1',
}

const REGISTRY = 'https://registry.npmjs.org/'

/** One line for each package that may not be there as it is. */
export function lockProblems(lock: LockFile): string[] {
  const places = Object.entries(lock.packages).filter(([place]) => place !== '')
  const names = new Set(places.map(([place]) => nameAt(place)))
  if (places.length === 0) return ['package-lock.json: holds no packages']
  return places.flatMap(([place, locked]) => {
    const problems: string[] = []
    const name = locked.name ?? nameAt(place)
    const floor = floors[name]
    if (floor && !satisfies(locked.version ?? '', floor)) {
      problems.push(`${name} ${locked.version} is not ${floor}`)
    }
    if (locked.link) problems.push('is a link, not a package of the registry')
    if (locked.resolved && !locked.resolved.startsWith(REGISTRY)) {
      problems.push(`comes from ${locked.resolved}, not from ${REGISTRY}`)
    }
    if (!locked.integrity?.startsWith('sha512-') && !locked.inBundle) {
      problems.push('has no sha512 integrity')
    }
    for (const optional of Object.keys(locked.optionalDependencies ?? {})) {
      if (!names.has(optional)) problems.push(`npm ci refuses: its ${optional} is not in the lock`)
    }
    return problems.map((problem) => `package-lock.json: ${place}: ${problem}`)
  })
}

function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
