// What a target file of the right shape comes to: defaults filled in, and checks across its settings.
import { isLoopback } from '../../config/addresses.ts'
import { parseDuration } from '../../config/durations.ts'
import { nearest } from '../../config/near.ts'
import type { Problems } from '../../config/problems.ts'
import type { Path } from '../../config/tree.ts'
import { ofPage, placeholdersIn } from './placeholders.ts'
import { checkPages } from './resolve-pages.ts'
import { resolveUsers, type UsersFrom } from './resolve-users.ts'
import type { Action, Carry, Target, User, Whoami } from './target.ts'
import type { TargetFile } from './target-schema.ts'
import { timedPattern } from './timed-pattern.ts'

export interface Settings extends UsersFrom {
  readonly allowHosts?: readonly string[]
  readonly seed?: number | undefined
}

/** Reports into `problems`; `undefined` where what is there makes no target. */
export async function resolveTarget(
  file: Partial<TargetFile>,
  settings: Settings,
  problems: Problems,
): Promise<Target | undefined> {
  const all = await resolveUsers(file.users, settings, problems)
  const signIn = resolveAction(file.signIn, ['signIn'], problems)
  const signOut = resolveAction(file.signOut, ['signOut'], problems)
  const whoami = resolveWhoami(file.whoami, problems)
  if (all !== undefined) checkPlaceholders(file, all, problems)
  checkPages(file, problems)
  if (!file.target || !signIn || !whoami || !all) return undefined
  const users = all.slice(0, file.limit ?? all.length)
  checkOrdinary(file, problems)
  const { origin, pathname, hostname } = new URL(file.target)
  const { mix = {}, timeouts = {} } = file
  return {
    origin,
    base: pathname.replace(/\/$/, ''),
    headers: smallNames(file.headers),
    signIn,
    signOut,
    carry: resolveCarry(file.carry),
    whoami,
    users,
    reads: file.reads ?? [],
    ordinary: file.ordinary ?? [],
    mix: { ...usual.mix, ...mix },
    restart: file.restart,
    dir: settings.dir,
    allowHosts: [...(file.allowHosts ?? []), ...(settings.allowHosts ?? [])],
    rate: file.rate ?? (isLoopback(hostname) ? undefined : usual.rateElsewhere),
    seed: settings.seed ?? file.seed ?? usual.seed,
    requests: file.requests ?? usual.requests,
    timeouts: {
      requestMs: parseDuration(timeouts.request ?? '') ?? usual.requestMs,
      restartMs: parseDuration(timeouts.restart ?? '') ?? usual.restartMs,
      totalMs: parseDuration(timeouts.total ?? '') ?? usual.totalMs,
    },
  }
}

/** What holds where the file says nothing. */
export const usual = {
  mix: { whoami: 8, reads: 3, visitors: 1 },
  rateElsewhere: 50,
  seed: 1,
  requests: 40,
  requestMs: 5_000,
  restartMs: 20_000,
  totalMs: 30_000,
} as const

function resolveAction(
  written: TargetFile['signIn'] | undefined,
  path: Path,
  problems: Problems,
): Action | undefined {
  if (written === undefined) return undefined
  const { page, json, form, headers } = written
  const names = ['get', 'post', 'put', 'delete'] as const
  if (names.some((name) => problems.at([...path, name]))) return undefined
  const methods = names.filter((name) => written[name])
  const [method] = methods
  const at = method && written[method]
  if (methods.length !== 1 || !method || !at) {
    problems.add(path, 'must have exactly one of get, post, put, delete')
    return undefined
  }
  if (json && form) {
    problems.add([...path, 'form'], 'stands beside json: keep one of the two')
    return undefined
  }
  const body = json
    ? { format: 'json' as const, fields: json }
    : form && { format: 'form' as const, fields: form }
  return {
    ...(page === undefined ? {} : { page }),
    method: { get: 'GET', post: 'POST', put: 'PUT', delete: 'DELETE' }[method] as Action['method'],
    path: at,
    headers: smallNames(headers),
    body,
  }
}

function resolveCarry(carry: TargetFile['carry'] = 'cookies'): Carry {
  if (carry === 'cookies') return { kind: 'cookies' }
  if ('bearer' in carry) {
    return { kind: 'header', name: 'authorization', before: 'Bearer ', from: carry.bearer }
  }
  return { kind: 'header', name: carry.header.toLowerCase(), before: '', from: carry.from }
}

function resolveWhoami(
  written: TargetFile['whoami'] | undefined,
  problems: Problems,
): Whoami | undefined {
  if (written === undefined) return undefined
  const { get, owner, is = '{name}' } = written
  if (typeof owner === 'string') return { path: get, owner: { pointer: owner }, is }
  try {
    const pattern = new RegExp(owner.text, 'u')
    return { path: get, owner: { text: timedPattern(pattern, 'whoami.owner.text') }, is }
  } catch {
    problems.add(['whoami', 'owner', 'text'], 'is not a regular expression')
    return undefined
  }
}

/** Each names a field that every user has. */
function checkPlaceholders(file: Partial<TargetFile>, users: readonly User[], problems: Problems) {
  const places: ReadonlyArray<readonly [Path, unknown]> = [
    [['signIn'], file.signIn],
    [['signOut'], file.signOut],
    [['whoami', 'get'], file.whoami?.get],
    [['whoami', 'is'], file.whoami?.is],
    ...(file.reads ?? []).map((read, index) => [['reads', index], read] as const),
  ]
  for (const [path, value] of places) {
    for (const name of placeholdersIn(value)) {
      if (ofPage(name)) continue
      const without = users.find(({ fields }) => !Object.hasOwn(fields, name))
      if (!without) continue
      const hint = nearest(name, Object.keys(without.fields))
      const who = users.every(({ fields }) => !Object.hasOwn(fields, name))
        ? 'no user'
        : `not every user`
      problems.add(path, `{${name.slice(0, 40)}} is a field that ${who} has`, {
        hint: hint === undefined ? undefined : `{${hint}}`,
      })
    }
  }
}

/** A path that is never asked would be no answer to anything. */
function checkOrdinary({ ordinary = [], reads = [], whoami }: Partial<TargetFile>, to: Problems) {
  const asked = [...reads, ...(whoami ? [whoami.get] : [])]
  for (const [index, path] of ordinary.entries()) {
    if (asked.includes(path)) continue
    to.add(['ordinary', index], 'must be whoami.get or one of reads, as it is written there', {
      hint: nearest(path, asked),
    })
  }
}

function smallNames(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
