// The commands of one batch of a history: what stands in it is done at the same moment. Pure.
import type { Names } from './curl-names.ts'
import { fromPage, pageLines } from './curl-page.ts'
import {
  addressOf,
  bodyOf,
  callOf,
  headerFlags,
  jqPath,
  literal,
  quote,
  single,
} from './curl-parts.ts'
import { actionOf, credential, showing, tokenFile, userOf } from './curl-people.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'
import { personName } from './words.ts'

/** So often: processes do not start to the millisecond, and now and then two requests miss each other. */
const ROUNDS = '1 2 3 4 5'

export function commandsFor(batch: readonly Observation[], target: Target, names: Names): string[] {
  const atOnce = batch.length > 1
  const commands = batch.flatMap((one) => commandFor(one, target, names, atOnce))
  if (!atOnce) return commands
  return batch.every(({ step }) => step.do === 'ask')
    ? [`for round in ${ROUNDS}; do`, ...commands, 'wait', 'done']
    : [...commands, 'wait']
}

function commandFor(one: Observation, target: Target, names: Names, atOnce: boolean): string[] {
  const { step } = one
  const user = userOf(step.user, target)
  const end = atOnce ? ' &' : ''
  const common = headerFlags(target.headers, names)
  const { carry } = target
  const jar = `"$JARS/${names.file(step.user)}"`
  const action = actionOf(step.do, target)
  const hasCookies = carry.kind === 'cookies' || action?.page !== undefined
  const cookies = hasCookies ? ` -b ${jar} -c ${jar}` : ''
  const paged = (kept: string) => {
    const file = `"$JARS/${names.file(step.user)}.page"`
    const flags = `${kept}${common}`
    const redirected = one.pageRedirected === true
    return action ? pageLines(action, { file, jar, flags, user, names, redirected }) : []
  }
  const together = (before: readonly string[], call: readonly string[]) => {
    if (before.length === 0 || !atOnce) return [...before, ...call]
    return ['(', ...before, ...call, `)${end}`]
  }
  switch (step.do) {
    case 'restart':
      return [target.restart ?? 'true']
    case 'sign-in': {
      const before =
        step.holding === undefined ? [] : [`cp "$JARS/${names.file(step.holding)}" ${jar}`]
      const body = bodyOf(target.signIn, user, names)
      const token =
        carry.kind === 'header'
          ? ` | jq -er ${single(jqPath(carry.from))} > ${tokenFile(step.user, names)}`
          : ' -o /dev/null'
      // Refused, nothing after it would mean anything.
      const from = fromPage(target.signIn, user, names, target)
      const call = `curl -sSfg${cookies}${common}${from}${callOf(target.signIn, user, names)}${body.flags}`
      // An empty browser: what was signed in before in this one is forgotten.
      const page = paged(step.holding === undefined ? ` -c ${jar}` : cookies)
      const last = page.length > 0 ? '' : end
      return [...before, ...together(page, [`${call}${body.after}${token}${last}`, ...body.lines])]
    }
    case 'sign-out': {
      const leaving = action ?? { method: 'POST', path: '/', headers: {}, body: undefined }
      const body = bodyOf(leaving, user, names)
      const own = credential(step.user, target, names)
      const from = fromPage(leaving, user, names, target)
      const call = `curl -sSg${cookies}${common}${own}${from}${callOf(leaving, user, names)}${body.flags}`
      const page = paged(cookies + own)
      const last = page.length > 0 ? '' : end
      return together(page, [`${call}${body.after}${last}`, ...body.lines])
    }
    case 'ask':
    case 'leave': {
      const early = step.do === 'leave' ? ' --max-time 0.01' : ''
      const path = addressOf(step.path, user, names)
      const call = `curl -sSg${showing(one)}${early}${cookies}${common}${credential(step.user, target, names)} ${path}`
      if (step.do === 'leave') return [`${call} > /dev/null 2>&1 || true${end}`]
      // In one piece, so that answers that come at the same time are not mixed up in what is printed.
      return [`printf '%s: %s\\n' ${quote(literal(personName(step.user)))} "$(${call})"${end}`]
    }
  }
}
