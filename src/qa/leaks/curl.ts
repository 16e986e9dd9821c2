// A history as a script for sh and curl, with a variable wherever a secret goes. Pure.

import { fromPage, pageFunctions, pageLines, pageNeedsJq } from './curl-page.ts'
import {
  addressOf,
  bodyOf,
  callOf,
  comment,
  headerFlags,
  jqPath,
  literal,
  quote,
  single,
} from './curl-parts.ts'
import { hasCookie, onOneConnection } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import type { Observation, Step } from './step.ts'
import type { Action, Target, User } from './target.ts'
import { personName } from './words.ts'

/** `steps`: the words of each batch, written above its commands; `remark` stands at its head, where there is one. */
export function curlScript(
  seen: readonly Observation[],
  steps: readonly string[],
  target: Target,
  remark = '',
): string {
  const batches = [...Map.groupBy(seen, ({ batch }) => batch)].toSorted(([a], [b]) => a - b)
  const people = new Set(seen.map(({ step }) => step.user).filter((name) => !isNobody(name)))
  const variables = new Set<string>()
  const told = batches.map(([, all], index) => ({ all, words: `${index + 1}. ${steps[index]}` }))
  const chance = turnOf(batches.map(([, all]) => all))
  const entered = chance === undefined ? told : told.slice(0, chance)
  const isOneConnection = onOneConnection(seen).length > 1
  const isShared = ({ step }: Observation) => step.do === 'ask' && step.via === 'shared'
  const lines: string[] = []
  for (let at = 0; at < entered.length; ) {
    const rest = entered.slice(at)
    const end = rest.findIndex(({ all }) => !isOneConnection || !all.every(isShared))
    const shared = end < 0 ? rest : rest.slice(0, end)
    const [next] = rest
    if (shared.length > 0) {
      const asking = shared.flatMap(({ all }) => all)
      const told = shared.map(({ words }) => comment(words))
      lines.push('', ...told, ...onOne(asking, target, variables))
    } else if (next)
      lines.push('', comment(next.words), ...commandsFor(next.all, target, variables))
    at += Math.max(1, shared.length)
  }
  const asked = chance === undefined ? undefined : told[chance]
  if (asked) {
    lines.push(
      '',
      comment(
        told
          .slice(entered.length)
          .map(({ words }) => words)
          .join('; '),
      ),
      '# Each curl is another connection, and whichever process takes it answers: now in, now out.',
      `for round in ${MANY_ROUNDS}; do`,
      ...commandsFor(asked.all, target, variables),
      'done',
    )
  }
  const actions = seen.flatMap(({ step }) => actionOf(step.do, target) ?? [])
  const needsJq = target.carry.kind === 'header' || pageNeedsJq(actions)
  return [
    '#!/bin/sh',
    `# ${needsJq ? 'Needs curl and jq' : 'Needs curl'}.${people.size > 0 && variables.size > 0 ? ` Set ${[...variables].join(', ')} first.` : ''}`,
    ...(remark === '' ? [] : [comment(remark)]),
    'set -eu',
    `TARGET="\${TARGET:-${literal(target.origin + target.base)}}"`,
    ...[...variables].map((name) => `: "\${${name}:?is not set}"`),
    'JARS="$(mktemp -d)"',
    'trap \'rm -rf "$JARS"\' EXIT',
    ...(isOneConnection && target.carry.kind === 'cookies' ? COOKIES : []),
    ...pageFunctions(actions),
    ...lines,
    '',
  ].join('\n')
}

/**
 * Where the same user is in and out in turn, curl cannot choose which process answers, as connections of a run did: the
 * first batch of asking, in place of all from there on. `undefined` of any other history.
 */
function turnOf(batches: ReadonlyArray<readonly Observation[]>): number | undefined {
  const seen = batches.flat()
  const out = seen.find(({ outcome }) => outcome === 'thrown_out')?.step.user
  const isPlain = seen.every(({ step }) => step.do === 'sign-in' || step.do === 'ask')
  const isAlone = seen.every(({ step }) => step.do === 'sign-in' || step.user === out)
  const isIn = seen.some(({ outcome, step }) => outcome === 'own' && step.user === out)
  const at = batches.findIndex((all) => all.some(({ step }) => step.do === 'ask'))
  const isLast = batches.slice(at).every((all) => all.every(({ step }) => step.do === 'ask'))
  return out !== undefined && isPlain && isAlone && isIn && isLast ? at : undefined
}

const MANY_ROUNDS = '1 2 3 4 5 6 7 8 9 10 11 12'

function commandsFor(
  batch: readonly Observation[],
  target: Target,
  variables: Set<string>,
): string[] {
  const atOnce = batch.length > 1
  const commands = batch.flatMap((one) => commandFor(one, target, variables, atOnce))
  if (!atOnce) return commands
  // Processes do not start to the millisecond: now and then two requests miss each other.
  return batch.every(({ step }) => step.do === 'ask')
    ? [`for round in ${ROUNDS}; do`, ...commands, 'wait', 'done']
    : [...commands, 'wait']
}

const ROUNDS = '1 2 3 4 5'

/** curl keeps the connection from one address to the next, and its cookies too: here each brings their own. */
function onOne(asking: readonly Observation[], target: Target, variables: Set<string>): string[] {
  const common = headerFlags(target.headers, variables)
  const calls = asking.map((one) => {
    const { step } = one
    const user = target.users.find(({ name }) => name === step.user) ?? nobody(step.user)
    const cookie =
      target.carry.kind === 'cookies' && !isNobody(step.user)
        ? ` -H "cookie: $(cookies "$JARS/${fileName(step.user)}")"`
        : ''
    const path = 'path' in step ? step.path : '/'
    const address = addressOf(path, user, variables)
    return `-sS -w '\\n'${showing(one)}${cookie}${common}${credential(step.user, target)} ${address}`
  })
  const names = asking.map(({ step }) => personName(step.user)).join(', then ')
  return [
    `printf '%s\\n' ${quote(literal(`${names}, on one connection:`))}`,
    `curl ${calls.join(' \\\n  --next ')}`,
  ]
}

/** The cookies of a jar as a header. */
const COOKIES: readonly string[] = [
  'cookies() {',
  `  sed 's/^#HttpOnly_//' "$1" | awk -F '\t' 'NF >= 7 { printf "%s%s=%s", s, $6, $7; s = "; " }'`,
  '}',
]

/** With the headers where what is somebody else's stands among them, and with what redirects lead to. */
function showing(one: Observation): string {
  const isInHeaders = one.sight?.in === 'header' || hasCookie(one)
  return `${isInHeaders ? ' -i' : ''}${one.redirected ? ' -L' : ''}`
}

function commandFor(
  one: Observation,
  target: Target,
  variables: Set<string>,
  atOnce: boolean,
): string[] {
  const { step } = one
  const user = target.users.find(({ name }) => name === step.user) ?? nobody(step.user)
  const end = atOnce ? ' &' : ''
  const common = headerFlags(target.headers, variables)
  const { carry } = target
  const jar = `"$JARS/${fileName(step.user)}"`
  const action = actionOf(step.do, target)
  const hasCookies = carry.kind === 'cookies' || action?.page !== undefined
  const cookies = hasCookies ? ` -b ${jar} -c ${jar}` : ''
  const paged = (kept: string) => {
    const file = `"$JARS/${fileName(step.user)}.page"`
    const flags = `${kept}${common}`
    return action ? pageLines(action, { file, jar, flags, user, variables }) : []
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
        step.holding === undefined ? [] : [`cp "$JARS/${fileName(step.holding)}" ${jar}`]
      const body = bodyOf(target.signIn, user, variables)
      const token =
        carry.kind === 'header'
          ? ` | jq -er ${single(jqPath(carry.from))} > ${tokenFile(step.user)}`
          : ' -o /dev/null'
      // Refused, nothing after it would mean anything.
      const from = fromPage(target.signIn, user, variables)
      const call = `curl -sSf${cookies}${common}${from}${callOf(target.signIn, user, variables)}${body.flags}`
      // An empty browser: what was signed in before in this one is forgotten.
      const page = paged(step.holding === undefined ? ` -c ${jar}` : cookies)
      const last = page.length > 0 ? '' : end
      return [...before, ...together(page, [`${call}${body.after}${token}${last}`, ...body.lines])]
    }
    case 'sign-out': {
      const leaving = action ?? { method: 'POST', path: '/', headers: {}, body: undefined }
      const body = bodyOf(leaving, user, variables)
      const own = credential(step.user, target)
      const from = fromPage(leaving, user, variables)
      const call = `curl -sS${cookies}${common}${own}${from}${callOf(leaving, user, variables)}${body.flags}`
      const page = paged(cookies + own)
      const last = page.length > 0 ? '' : end
      return together(page, [`${call}${body.after}${last}`, ...body.lines])
    }
    case 'ask':
    case 'leave': {
      const early = step.do === 'leave' ? ' --max-time 0.01' : ''
      const path = addressOf(step.path, user, variables)
      const call = `curl -sS${showing(one)}${early}${cookies}${common}${credential(step.user, target)} ${path}`
      if (step.do === 'leave') return [`${call} > /dev/null 2>&1 || true${end}`]
      // In one piece, so that answers that come at the same time are not mixed up in what is printed.
      return [`printf '%s: %s\\n' ${quote(literal(personName(step.user)))} "$(${call})"${end}`]
    }
  }
}

function actionOf(does: Step['do'], { signIn, signOut }: Target): Action | undefined {
  if (does === 'sign-in') return signIn
  return does === 'sign-out' ? signOut : undefined
}

function credential(name: string, { carry }: Target): string {
  if (carry.kind === 'cookies' || isNobody(name)) return ''
  const before = literal(`${carry.name}: ${carry.before}`).replaceAll('"', '\\"')
  return ` -H "${before}$(cat ${tokenFile(name)})"`
}

function tokenFile(name: string): string {
  return `"$JARS/${fileName(name)}.token"`
}

function fileName(name: string): string {
  return name.replaceAll(/[^\w-]/g, '_')
}

function nobody(name: string): User {
  return { name, fields: { name } }
}
