// Before a sign-in or a sign-out: its page is fetched, and what stands there is put into what is sent.
import { isSecretName } from '../record/secret-names.ts'
import type { Exchange, Exchanged } from './exchange.ts'
import { tagsIn } from './html-tags.ts'
import { hitsIn } from './judge.ts'
import type { Knowledge } from './knowledge.ts'
import { isStrong, type Marker, type Markers } from './markers.ts'
import { learnCookies } from './own-cookies.ts'
import { pageValues, takenFromPage } from './page-values.ts'
import { fillPath, fillText, ofPage, valuesOf } from './placeholders.ts'
import type { Actor } from './stage.ts'
import { type Action, placeOf, type Target, type User } from './target.ts'

export interface Prepared {
  /** Its headers are filled. */
  readonly action: Action
  readonly values: ReadonlyMap<string, string>
  readonly accept?: string
  readonly page?: PageSeen
  /** Why it cannot be sent: one sentence, with its mend. */
  readonly lacks?: string
}

export interface PageSeen extends Exchanged {
  /** As the target file has it. */
  readonly path: string
  /** Of somebody else's, what nobody else ever has a reason to see. */
  readonly foreign: ReadonlySet<Marker>
}

export interface PrepareOptions {
  readonly target: Target
  readonly exchange: Exchange
  readonly knowledge: Knowledge
}

export type Prepare = (
  actor: Actor,
  does: 'sign-in' | 'sign-out',
  action: Action,
  user: User,
) => Promise<Prepared>

/** Hides in every report what a page has for a sign-in, whoever was given that page and did not sign in by it. */
export function createTokenHider(
  { signIn, signOut }: Pick<Target, 'signIn' | 'signOut'>,
  { markers }: Knowledge,
): (actor: Actor, body: string) => void {
  const taken = [signIn, ...(signOut ? [signOut] : [])].flatMap(takenFromPage)
  const names = new Set(
    taken.filter((one) => ofPage(one)?.kind === 'page').map((one) => one.slice(5)),
  )
  // The others are hidden for what they are called.
  const plain = [...names].filter((name) => !name.startsWith('/') && !isSecretName(name))
  return ({ name: user }, body) => {
    if (!plain.some((name) => body.includes(name))) return
    for (const { attributes } of tagsIn(body)) {
      const { name = '', value, content } = attributes
      const text = value ?? content ?? ''
      if (plain.includes(name) && text !== '') hide(user, `page:${name}`, text, markers)
    }
  }
}

function hide(owner: string, placeholder: string, text: string, markers: Markers): void {
  if (text.length < LEAST || markers.ownerOf(text) !== undefined) return
  markers.add({ owner, text, kind: 'token', label: `{{${placeholder}}}` })
  // Some services give the same one to everybody, so that it tells nothing of anybody.
  markers.ignore(text)
}

/** Shorter ones stand everywhere by chance, and guard nothing. */
const LEAST = 8
const AS_PAGE = 'text/html, application/xhtml+xml, */*;q=0.5'

export function createPrepare({ target, exchange, knowledge }: PrepareOptions): Prepare {
  const { markers } = knowledge

  async function pageOf(actor: Actor, { page }: Action, user: User): Promise<PageSeen | undefined> {
    if (page === undefined) return undefined
    const path = fillPath(page, valuesOf(user))
    const seen = await exchange(actor, 'own', { method: 'GET', path, accept: AS_PAGE })
    if (seen.answer.kind === 'none') return { ...seen, path: page, foreign: new Set() }
    const others = hitsIn(seen.answer, knowledge)
      .map(({ marker }) => marker)
      .filter((marker) => isStrong(marker) && marker.owner !== actor.name)
    // Only then are these cookies whose they are said to be.
    learnCookies(actor, seen.answer.headers, knowledge)
    return { ...seen, path: page, foreign: new Set(others) }
  }

  return async (actor, does, action, user) => {
    const seen = await pageOf(actor, action, user)
    const page = seen ? { page: seen } : {}
    const cookies = actor.jar.pairs(placeOf(target) + target.base + action.path)
    const asked = { action, does, user: actor.name, answer: seen?.answer, cookies }
    const read = pageValues(asked, target)
    if (!read.ok) return { action, values: new Map(), ...page, lacks: read.why }
    for (const [placeholder, text] of read.values) hide(actor.name, placeholder, text, markers)
    const filling = valuesOf(user, read.values)
    const headers = Object.fromEntries(
      Object.entries(action.headers).map(([name, text]) => [name, fillText(text, filling)]),
    )
    const isForm = seen && action.body?.format === 'form'
    const accept = isForm && target.carry.kind === 'cookies' ? { accept: AS_PAGE } : {}
    return { action: { ...action, headers }, values: read.values, ...accept, ...page }
  }
}
