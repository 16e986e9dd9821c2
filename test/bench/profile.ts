// Where a contestant's CPU time goes: the functions with most time of their own, in µs per request.
import { readFileSync } from 'node:fs'
import { markdownTable } from './table.ts'

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface CpuProfile {
  readonly nodes: ReadonlyArray<{ readonly id: number; readonly callFrame: Frame }>
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const ROWS = 40

/** `answers`: how many were given while the profile was taken. */
export function profileTables(path: string, answers: number): string {
  const profile: CpuProfile = JSON.parse(readFileSync(path, 'utf8'))
  const functions = sumBy(profile, placeOf)
  const total = [...functions.values()].reduce((sum, own) => sum + own, 0)
  const table = (title: string, sums: ReadonlyMap<string, number>, limit: number) => {
    const rows = [...sums]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([name, own]) => [
        name,
        (own / answers).toFixed(2),
        `${((own / total) * 100).toFixed(1)} %`,
      ])
    return markdownTable([title, 'µs', 'share'], rows)
  }
  const title = `${(total / answers).toFixed(1)} µs per request, by place`
  return [table(title, sumBy(profile, ownerOf), 20), table('by function', functions, ROWS)].join(
    '\n\n',
  )
}

function sumBy({ nodes, samples, timeDeltas }: CpuProfile, keyOf: (frame: Frame) => string) {
  const keys = new Map(
    nodes.map(({ id, callFrame }) => [id, isApart(callFrame) ? undefined : keyOf(callFrame)]),
  )
  const micros = new Map<string, number>()
  samples.forEach((id, i) => {
    const key = keys.get(id)
    if (key !== undefined) micros.set(key, (micros.get(key) ?? 0) + (timeDeltas[i] ?? 0))
  })
  return micros
}

/** Waiting, and the profiler's own start. */
function isApart({ functionName, url }: Frame): boolean {
  return functionName === '(idle)' || url.startsWith('node:inspector')
}

function placeOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName || '(anonymous)'
  const file = url.replace(/^.*\/(node_modules|built)\//, '')
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`
}

/** The package, file of ours or part of Node; what is native goes by its own name. */
function ownerOf({ functionName, url }: Frame): string {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? []
  if (name) return name
  if (url.startsWith('node:')) return 'node'
  if (url.startsWith('wasm:')) return 'wasm'
  return url === '' ? functionName : url.replace(/^.*\/(built|bench)\//, '')
}
