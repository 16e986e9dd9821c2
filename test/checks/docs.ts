// Every link, anchor, file and npm script that README.md, CHANGELOG.md and docs/ name is there. Runs nothing.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Page, type Placed, readPage } from './page.ts'

export function readDocs(top: string): readonly Page[] {
  return globSync('{README.md,CHANGELOG.md,docs/**/*.md}', { cwd: top })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => readPage(file, readFileSync(join(top, file), 'utf8')))
}

/** One line for each thing named that is not there. */
export function docsProblems(top: string, pages: readonly Page[]): string[] {
  const text = readFileSync(join(top, 'package.json'), 'utf8')
  const { scripts = {} } = JSON.parse(text) as { scripts?: Record<string, string> }
  return pages.flatMap((page) => {
    const say = ({ line }: Placed, problem: string) => `${page.file}:${line}: ${problem}`
    const links = page.links.flatMap((link) => {
      const problem = linkProblem(top, page, link.text, pages)
      return problem ? [say(link, problem)] : []
    })
    const names = [...page.words, ...page.blocks].flatMap((placed) =>
      scriptNames(placed.text)
        .filter((name) => !Object.hasOwn(scripts, name))
        .map((name) => say(placed, `package.json has no script ${name}`)),
    )
    const files = page.words
      .filter(({ text }) => isOwnFile(text) && !existsSync(join(top, text)))
      .map((placed) => say(placed, `there is no ${placed.text}`))
    return [...page.problems, ...links, ...names, ...files]
  })
}

/** Addresses elsewhere are not asked for: this check must not depend on them. */
function linkProblem(top: string, page: Page, href: string, pages: readonly Page[]) {
  if (/^(https?:|mailto:)/.test(href)) return undefined
  if (/^([a-z]+:|\/)/i.test(href)) return `a link is relative or https: ${href}`
  const [path = '', anchor] = href.split('#')
  const folder = posix.dirname(page.file)
  const file = path === '' ? page.file : posix.join(folder, decodeURIComponent(path))
  if (file.startsWith('..')) return `a link out of the checkout: ${href}`
  if (!existsSync(join(top, file))) return `a link to nothing: ${href}`
  if (anchor === undefined || !file.endsWith('.md')) return undefined
  const target = pages.find((one) => one.file === file)
  return target?.anchors.has(anchor) ? undefined : `a link to no heading: ${href}`
}

function scriptNames(text: string): string[] {
  const found = [...text.matchAll(/\bnpm run (?:(?:-s|--silent) )?([a-z][\w:-]*)/g)]
  return found.map(([, name = '']) => name)
}

function isOwnFile(text: string): boolean {
  return /^(src|config|docs|test)\/[\w./-]+$/.test(text)
}
