// A route's owner rule: how its answers say whose they are.
import type { OwnerConfig, RouteConfig } from './config.ts'
import type { Context } from './context.ts'
import { defaults } from './defaults.ts'
import { nearest } from './near.ts'
import type { RouteFile } from './schema.ts'

export interface OwnerSurroundings {
  readonly auth: RouteConfig['auth']
  /** Those that a session keeps. */
  readonly claims: readonly string[]
}

export function resolveOwner(
  file: NonNullable<RouteFile['owner']>,
  { auth, claims }: OwnerSurroundings,
  context: Context,
): OwnerConfig | undefined {
  const { problems, given } = context
  const path = context.pathOf(file)
  const { header, field, is = defaults.owner.is, on = defaults.owner.on } = file
  if (auth === 'public') {
    problems.add(path, 'goes with no public route: nobody in particular asks there', {
      part: 'key',
    })
  }
  if (!['sub', 'name', ...claims].includes(is)) {
    const message = 'must be sub, name or one of claims: a session keeps nothing else'
    problems.add([...path, 'is'], message, { hint: nearest(is, ['sub', 'name', ...claims]) })
  }
  if (header !== undefined && field !== undefined) {
    problems.add(path, 'must have header or field, not both')
  }
  if (header !== undefined) return { header: header.toLowerCase(), is, on }
  if (field !== undefined) return { field, is, on }
  if (!given([...path, 'header']) && !given([...path, 'field'])) {
    problems.add(path, 'must have header or field')
  }
  return undefined
}
