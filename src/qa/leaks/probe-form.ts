// Finds a page of a service in which one signs in, and reads its form.
import { headerOf } from '../../lib/flat-headers.ts'
import { createWithin } from '../../lib/within.ts'
import type { SignInSeen } from './found.ts'
import { askedFor, type Look, pathWithin } from './probe-look.ts'
import { pagePaths } from './probe-paths.ts'
import { signInForm } from './sign-in-form.ts'

const MOST_HOPS = 3
/** For reading one page. */
const MOST_MS = 500

/** A page with a form that asks for a password. */
export async function formIn(look: Look): Promise<SignInSeen | undefined> {
  const { origin, base } = look
  const within = createWithin()
  for await (const [, page] of askedFor(pagePaths, (path) => pageAt(look, path))) {
    if (!page) continue
    const read = within(MOST_MS, () => signInForm(page.body))
    const form = read.inTime ? read.value : undefined
    const action = form && pathWithin(URL.parse(form.action, origin + base + page.path), look)
    if (!form || action === undefined) continue
    const { fields, oneTime } = form
    const how = `read from the form at ${page.path.split('?', 1)[0]}`
    return { path: action, format: 'form', fields, how, ...(oneTime.length > 0 ? { oneTime } : {}) }
  }
  return undefined
}

/** Redirects within the service followed. */
async function pageAt(look: Look, path: string) {
  let at = path
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    const answer = await look.ask('GET', at, 'text/html')
    if (answer.kind === 'none') return undefined
    const location = headerOf(answer.headers, 'location')
    if (answer.status < 300 || answer.status > 399 || location === undefined) {
      return { path: at, body: answer.body }
    }
    const next = pathWithin(URL.parse(location, look.origin + look.base + at), look)
    if (next === undefined) return undefined
    at = next
  }
  return undefined
}
