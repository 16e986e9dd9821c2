// Imports in src go down the rings of rooms.ts only, and every file of src has its room there.
import { isBuiltin } from 'node:module'
import { matchesGlob, posix } from 'node:path'
import { isFastify, quietBuiltins, type Room } from './rooms.ts'
import { type Import, importsOf, parseSource, type Source } from './source.ts'

/** One line for each import that goes up, and for each file that no room covers. */
export function ringProblems(sources: readonly Source[], rooms: readonly Room[]): string[] {
  return sources.flatMap((source) => {
    const room = roomOf(source.file, rooms)
    if (!room) return [`${source.file}: no room of test/checks/rooms.ts covers this file`]
    return importsOf(parseSource(source)).flatMap((one) => {
      const problem = importProblem(source.file, room, one, rooms)
      return problem ? [`${source.file}:${one.line}: ring ${room.ring} ${problem}`] : []
    })
  })
}

export function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  return rooms.find((room) => matchesGlob(file, room.files))
}

interface File extends Room {
  readonly file: string
}

function importProblem(
  file: string,
  room: Room,
  { specifier, typeOnly }: Import,
  rooms: readonly Room[],
): string | undefined {
  if (specifier === undefined) {
    return room.ring === 4 ? undefined : 'imports something computed'
  }
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    const other = roomOf(target, rooms)
    if (!other) return `imports ${target}, which no room covers`
    if (mayImport({ ...room, file }, { ...other, file: target }, typeOnly)) return undefined
    return `imports ${typeOnly ? 'a type of ' : ''}${target} of ring ${other.ring}`
  }
  if (isBuiltin(specifier)) {
    if (room.ring > 1 || typeOnly || quietBuiltins.includes(specifier)) return undefined
    return `imports ${specifier}, which reaches for more than it is handed`
  }
  const name = packageOf(specifier)
  if (mayUse(room, name, typeOnly)) return undefined
  const own = room.driver ? `, and its driver is ${room.driver}` : ''
  return `imports ${typeOnly ? 'a type of ' : ''}the package ${name}${own}`
}

/**
 * Down to rings 0 and 1, within a folder also to the same ring. Type-only imports reach ring 2 as well: an adapter's
 * contract may stand in the adapter's own file, and nothing of it is loaded.
 */
function mayImport(from: File, to: File, typeOnly: boolean): boolean {
  if (from.ring === 4) return true
  if (to.ring <= Math.min(from.ring, 1)) return true
  if (to.ring === from.ring && posix.dirname(to.file) === posix.dirname(from.file)) return true
  return typeOnly && from.ring > 0 && to.ring === 2
}

function mayUse(room: Room, name: string, typeOnly: boolean): boolean {
  if (room.ring === 4 || (room.ring === 3 && isFastify(name))) return true
  return name === room.driver || (typeOnly && room.types?.includes(name) === true)
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
