// Is there a page where browsers are sent to?
import type { Config } from '../config/config.ts'
import { type Finding, findingsOf } from './finding.ts'

export interface PageFacts {
  readonly config: Pick<Config, 'pages' | 'routes' | 'static'>
  /** Paths of `pages` at which a directory has a file. */
  readonly there: readonly string[]
}

/** Undefined where this gateway serves no pages. */
export function judgePages({ config, there }: PageFacts): Finding[] {
  const { ok, warning } = findingsOf('pages')
  const { pages, routes, static: statics } = config
  if (statics.length === 0) return []
  const missing = Object.entries(pages).filter(([, path]) => {
    const plain = pathOf(path)
    const isForwarded = routes.some(({ match, at }) =>
      match === 'path' ? plain === at : isBelow(plain, at),
    )
    const falls = statics.some(
      ({ prefix, fallback }) => fallback !== undefined && isBelow(plain, prefix),
    )
    return !isForwarded && !falls && !there.includes(plain)
  })
  if (missing.length === 0) return [ok(Object.values(pages).join(', '))]
  return missing.map(([name, path]) =>
    warning(
      `pages.${name} is ${path}, and no file answers there: name a page that there is, or set static.fallback to index.html`,
    ),
  )
}

/** Without query and fragment. */
export function pathOf(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path
}

export function isBelow(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`)
}
