// Finds a page of a service in which one signs in, and reads its form.
import { headerOf, headersOf } from '../../lib/flat-headers.ts'
import { createWithin } from '../../lib/within.ts'
import type { SignInSeen } from './found.ts'
import { askedFor, type Look, pathWithin } from './probe-look.ts'
import { pagePaths } from './probe-paths.ts'
import { comparedWith, signInForm, tokenElement } from './sign-in-form.ts'

const MOST_HOPS = 3
/** For reading one page. */
const MOST_MS = 500

/** A page with a form that asks for a password; seen twice, so that what is made anew for each visit shows. */
export async function formIn(look: Look): Promise<SignInSeen | undefined> {
  const { origin, base } = look
  const within = createWithin()
  const read = <Fact>(work: () => Fact) => {
    const done = within(MOST_MS, work)
    return done.inTime ? done.value : undefined
  }
  for await (const [, page] of askedFor(pagePaths, (path) => pageAt(look, path))) {
    if (!page) continue
    const first = read(() => signInForm(page.body))
    const action = first && pathWithin(URL.parse(first.action, origin + base + page.path), look)
    if (!first || action === undefined) continue
    const again = await pageAt(look, page.path)
    const other = again && read(() => signInForm(again.body))
    const { fields, oneTime } = comparedWith(first, other)
    const how = `read from the form at ${page.path.split('?', 1)[0]}`
    const form = { path: action, format: 'form', fields, how } as const
    if (oneTime.length > 0) return { ...form, page: page.path, oneTime }
    const headers = tokenHeader(
      page,
      read(() => tokenElement(page.body)),
    )
    return { ...form, ...(headers ? { page: page.path, headers } : {}) }
  }
  return undefined
}

/** Cookies that scripts of a page send back in a header of their own, by the frameworks that do so. */
const HEADERS: ReadonlyMap<string, string> = new Map([
  ['XSRF-TOKEN', 'X-XSRF-TOKEN'],
  ['csrftoken', 'X-CSRFToken'],
  ['csrf_token', 'X-CSRF-Token'],
])

/** For a form without a field of its own for a token. */
function tokenHeader(
  { headers }: { readonly headers: readonly string[] },
  element: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (element !== undefined) return { 'X-CSRF-TOKEN': `{page:${element}}` }
  const lines = headersOf(headers, 'set-cookie')
  const cookie = lines
    .map((line) => line.split('=', 1)[0]?.trim() ?? '')
    .find((one) => HEADERS.has(one))
  const header = cookie && HEADERS.get(cookie)
  return header ? { [header]: `{cookie:${cookie}}` } : undefined
}

/** Redirects within the service followed. */
async function pageAt(look: Look, path: string) {
  let at = path
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    const answer = await look.ask('GET', at, 'text/html')
    if (answer.kind === 'none') return undefined
    const location = headerOf(answer.headers, 'location')
    if (answer.status < 300 || answer.status > 399 || location === undefined) {
      return { path: at, body: answer.body, headers: answer.headers }
    }
    const next = pathWithin(URL.parse(location, look.origin + look.base + at), look)
    if (next === undefined) return undefined
    at = next
  }
  return undefined
}
