// In a script for curl: the page before a sign-in or a sign-out, and what is taken of it. Pure.
import type { Names } from './curl-names.ts'
import { addressOf, jqPath, literal, quote, single } from './curl-parts.ts'
import { takenFromPage } from './page-values.ts'
import { ofPage } from './placeholders.ts'
import { type Action, placeOf, type Target, type User } from './target.ts'

export interface PageFetch {
  /** In quotes: where the page is kept, and the cookies. */
  readonly file: string
  readonly jar: string
  /** What every request is sent with, and what keeps cookies. */
  readonly flags: string
  readonly user: User
  readonly names: Names
  /** The page came after redirects, all within the service. */
  readonly redirected: boolean
}

/** Sets a variable of the shell for each text that the action takes from its page. */
export function pageLines(action: Action, fetch: PageFetch): string[] {
  const { file, jar, flags, user, names, redirected } = fetch
  const { page } = action
  const fetched =
    page === undefined
      ? []
      : [`curl -sSfg${redirected ? 'L' : ''}${flags} -o ${file} ${addressOf(page, user, names)}`]
  const taken = takenFromPage(action).flatMap((placeholder) => {
    const one = ofPage(placeholder)
    if (!one) return []
    const { kind, name } = one
    const call =
      kind === 'cookie'
        ? `cookie_in ${jar} ${single(name)}`
        : name.startsWith('/')
          ? `jq -er ${single(jqPath(name))} ${file}`
          : `field ${file} ${single(inPattern(name))} ${single(inPattern(pathname(action.path)))}`
    const variable = names.ofPage(placeholder)
    return [`${variable}="$(${call})"`, `: ${quote(`\${${variable}:?is not there}`)}`]
  })
  return [...fetched, ...taken]
}

/** Sent from that page, and from a page of the service's own at any rate, as some services want it said. */
export function fromPage(action: Action, user: User, names: Names, target: Target): string {
  const { page, method, headers } = action
  const { host } = target.headers
  const place = literal(placeOf(target))
  const base = host === undefined ? '$TARGET' : `${place}${literal(target.base)}`
  const from = page === undefined ? '' : ` -e ${addressOf(page, user, names, base)}`
  const isSaid = method === 'GET' || { ...target.headers, ...headers }.origin !== undefined
  return isSaid ? from : `${from} -H ${quote(`origin: ${host === undefined ? '$ORIGIN' : place}`)}`
}

/** What `pageLines` of these actions call. */
export function pageFunctions(actions: readonly Action[]): string[] {
  const taken = actions.flatMap(takenFromPage).flatMap((name) => ofPage(name) ?? [])
  const hasField = taken.some(({ kind, name }) => kind === 'page' && !name.startsWith('/'))
  return [
    ...(hasField ? FIELD : []),
    ...(taken.some(({ kind }) => kind === 'cookie') ? COOKIE : []),
  ]
}

export function pageNeedsJq(actions: readonly Action[]): boolean {
  return actions.flatMap(takenFromPage).some((name) => name.startsWith('page:/'))
}

/** What characters of a token may be written as in a page, or in a cookie. */
const OF_PAGE = `sed -e 's/&#43;/+/g' -e 's/&#x2[bB];/+/g' -e 's/&#61;/=/g' -e 's/&#x3[dD];/=/g' -e 's/&#47;/\\//g' -e 's/&#x2[fF];/\\//g' -e 's/&amp;/\\&/g'`
const OF_COOKIE = `sed -e 's/%2[bB]/+/g' -e 's/%2[fF]/\\//g' -e 's/%3[dD]/=/g' -e 's/%7[cC]/|/g' -e 's/%3[aA]/:/g' -e 's/%25/%/g'`

const FIELD: readonly string[] = [
  '# What the page $1 has for the field $2 of the form that goes to $3, or else of any, or in a meta element.',
  'field() {',
  `  tr '\\t\\r\\n<' '   \\n' < "$1" > "$1.tags"`,
  `  { sed -n "/^[fF].* action=[\\"']\\{0,1\\}[^\\"' >]*$3[\\"' ?>]/,/^\\/[fF][oO][rR][mM]/p" "$1.tags"`,
  `    cat "$1.tags"; } | sed -n "/^[iI].* name=[\\"']\\{0,1\\}$2[\\"' \\/>]/s/.* value=//p" > "$1.found"`,
  `  sed -n "/^[mM].* name=[\\"']\\{0,1\\}$2[\\"' \\/>]/s/.* content=//p" "$1.tags" >> "$1.found"`,
  `  sed -n 1p "$1.found" | sed -e 's/^"\\([^"]*\\)".*/\\1/' -e t -e "s/^'\\([^']*\\)'.*/\\1/" -e t -e 's/[ >].*//' |`,
  `    ${OF_PAGE}`,
  '}',
]

const COOKIE: readonly string[] = [
  '# The cookie $2 of the jar $1, as scripts of a page send it back.',
  'cookie_in() {',
  `  sed 's/^#HttpOnly_//' "$1" | awk -F '\t' -v name="$2" '$6 == name { print $7 }' |`,
  `    ${OF_COOKIE}`,
  '}',
]

/** For a basic regular expression between slashes (POSIX, 9.3). */
function inPattern(text: string): string {
  return text.replaceAll(/[\\/.[\]*^$]/g, '\\$&')
}

/** As a form may have it; whatever belongs to a user is not looked for. */
function pathname(path: string): string {
  return path.split(/[?{]/, 1)[0] ?? ''
}
