// Lets one person into a browser window: through the running gateway's one-time link, or by another deployment's own
// sign-in. Each resolves to what is wrong, if anything.
import type { APIResponse, Page } from 'playwright-core'
import type { PersonaConfig } from '../config/config.ts'
import { isJsonObject } from '../tokens/json.ts'
import type { BenchCaller } from './qa-bench.ts'
import { saidIn } from './qa-said.ts'
import type { PersonWindow } from './qa-windows.ts'

export type LetIn = (window: PersonWindow) => Promise<string | undefined>

export function byLink(bench: BenchCaller): LetIn {
  return async ({ name, page }) => {
    const link = await bench.post('/qa/open', { persona: name }, isLink)
    if (!link.ok) return link.why
    return shown(page, link.body.url)
  }
}

/** A window may be closed on the way. */
async function shown(page: Page, url: string): Promise<string | undefined> {
  try {
    await page.goto(url)
    return undefined
  } catch {
    return `${new URL(url).origin} did not open.`
  }
}

function isLink(body: unknown): body is { readonly url: string } {
  return isJsonObject(body) && typeof body.url === 'string' && URL.canParse(body.url)
}

export interface Target {
  readonly origin: string
  /** Path that takes the fields of a sign-in. */
  readonly signIn: string
  /** Whether its sign-in has to be told which provider is meant. */
  readonly severalProviders: boolean
}

/** As the target's frontend would do it. */
export function byTarget(
  { origin, signIn, severalProviders }: Target,
  personas: readonly PersonaConfig[],
): LetIn {
  return async ({ name, context, page }) => {
    const persona = personas.find((one) => one.name === name)
    if (!persona) return `No persona is called "${name}".`
    const fields: object = JSON.parse(persona.fields.reveal())
    const own = signIn === '/auth/login' && severalProviders
    let answer: APIResponse
    try {
      answer = await context.request.post(new URL(signIn, origin).href, {
        data: own ? { provider: persona.provider, ...fields } : fields,
        headers: { 'x-csrf': '1', origin },
      })
    } catch {
      return `${origin} did not answer.`
    }
    if (!answer.ok()) {
      const { words } = saidIn(await answer.text())
      const said = words === undefined ? '' : `: ${words}`
      return `${name} cannot sign in at ${origin}${signIn} (${answer.status()})${said}.`
    }
    if ((await context.cookies(origin)).length === 0) {
      return `${origin}${signIn} let ${name} in and set no cookie: a window could not stay signed in.`
    }
    return shown(page, origin)
  }
}
