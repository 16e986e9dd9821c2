// A history as a script for sh and curl, with a variable wherever a secret goes. Pure.

import {
  addressOf,
  bodyOf,
  callOf,
  comment,
  headerFlags,
  literal,
  quote,
  single,
} from './curl-parts.ts'
import { isNobody } from './knowledge.ts'
import type { Observation, Step } from './step.ts'
import type { Target, User } from './target.ts'
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
  const lines = entered.flatMap(({ all, words }) => [
    '',
    comment(words),
    ...commandsFor(all, target, variables),
  ])
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
  const needsJq = target.carry.kind === 'header'
  return [
    '#!/bin/sh',
    `# ${needsJq ? 'Needs curl and jq' : 'Needs curl'}.${people.size > 0 && variables.size > 0 ? ` Set ${[...variables].join(', ')} first.` : ''}`,
    ...(remark === '' ? [] : [comment(remark)]),
    'set -eu',
    `TARGET="\${TARGET:-${literal(target.origin + target.base)}}"`,
    ...[...variables].map((name) => `: "\${${name}:?is not set}"`),
    'JARS="$(mktemp -d)"',
    'trap \'rm -rf "$JARS"\' EXIT',
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
  const commands = batch.flatMap(({ step }) => commandFor(step, target, variables, atOnce))
  if (!atOnce) return commands
  // Processes do not start to the millisecond: now and then two requests miss each other.
  return batch.every(({ step }) => step.do === 'ask')
    ? [`for round in ${ROUNDS}; do`, ...commands, 'wait', 'done']
    : [...commands, 'wait']
}

const ROUNDS = '1 2 3 4 5'

function commandFor(step: Step, target: Target, variables: Set<string>, atOnce: boolean): string[] {
  const user = target.users.find(({ name }) => name === step.user) ?? nobody(step.user)
  const end = atOnce ? ' &' : ''
  const common = headerFlags(target.headers, variables)
  const { carry } = target
  const jar = `"$JARS/${fileName(step.user)}"`
  const cookies = carry.kind === 'cookies' ? ` -b ${jar} -c ${jar}` : ''
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
      const call = `curl -sSf${cookies}${common}${callOf(target.signIn, user, variables)}${body.flags}`
      return [...before, `${call}${body.after}${token}${end}`, ...body.lines]
    }
    case 'sign-out': {
      const action = target.signOut ?? { method: 'POST', path: '/', headers: {}, body: undefined }
      const body = bodyOf(action, user, variables)
      const call = `curl -sS${cookies}${common}${credential(step.user, target)}${callOf(action, user, variables)}${body.flags}`
      return [`${call}${body.after}${end}`, ...body.lines]
    }
    case 'ask':
    case 'leave': {
      const early = step.do === 'leave' ? ' --max-time 0.01' : ''
      const path = addressOf(step.path, user, variables)
      const call = `curl -sS${early}${cookies}${common}${credential(step.user, target)} ${path}`
      if (step.do === 'leave') return [`${call} > /dev/null 2>&1 || true${end}`]
      // In one piece, so that answers that come at the same time are not mixed up in what is printed.
      return [`printf '%s: %s\\n' ${quote(literal(personName(step.user)))} "$(${call})"${end}`]
    }
  }
}

function credential(name: string, { carry }: Target): string {
  if (carry.kind === 'cookies' || isNobody(name)) return ''
  const before = literal(`${carry.name}: ${carry.before}`).replaceAll('"', '\\"')
  return ` -H "${before}$(cat ${tokenFile(name)})"`
}

function jqPath(pointer: string): string {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return `.${steps.map((step) => `[${/^\d+$/.test(step) ? step : JSON.stringify(step)}]`).join('')}`
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
