// What the page before a sign-in or a sign-out showed: nothing that is needed, or what is somebody else's.
import { shownPath } from './asking.ts'
import type { Judgement } from './judge.ts'
import type { Messages } from './messages.ts'
import type { Prepared } from './prepare.ts'
import type { Target, User } from './target.ts'

/** Undefined where the answer to the call itself is what there is to tell. */
export function pageSeen(
  user: User,
  { page, lacks }: Prepared,
  { target, messages }: { readonly target: Target; readonly messages: Messages },
) {
  const [other] = page?.foreign ?? []
  if (lacks === undefined && !other) return undefined
  const judgement: Judgement = other
    ? { outcome: 'foreign', owner: other.owner }
    : { outcome: 'failed' }
  const told = lacks === undefined ? {} : { lacks }
  if (!page) return { ...judgement, ...told }
  const heard = page.answer.kind === 'answer' ? page.answer : undefined
  const path = target.base + shownPath(page.path, user)
  const kept = messages.keep(judgement, { headers: page.sent, body: '' }, heard, page.foreign)
  return { ...told, ...judgement, ...kept, method: 'GET', path, status: heard?.status ?? 0 }
}
