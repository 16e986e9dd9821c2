// A history as a script for sh and curl, with a variable wherever a secret goes. Pure.

import { isNobody } from './knowledge.ts'
import { fillPath, fillText } from './placeholders.ts'
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
  const lines = batches.flatMap(([, all], index) => [
    '',
    `# ${index + 1}. ${steps[index] ?? ''}`,
    ...commandsFor(all, target, variables),
  ])
  const needsJq = target.carry.kind === 'header'
  return [
    '#!/bin/sh',
    `# ${needsJq ? 'Needs curl and jq' : 'Needs curl'}.${people.size > 0 && variables.size > 0 ? ` Set ${[...variables].join(', ')} first.` : ''}`,
    ...(remark === '' ? [] : [`# ${remark}`]),
    'set -eu',
    `TARGET="\${TARGET:-${target.origin}${target.base}}"`,
    ...[...variables].map((name) => `: "\${${name}:?is not set}"`),
    'JARS="$(mktemp -d)"',
    'trap \'rm -rf "$JARS"\' EXIT',
    ...lines,
    '',
  ].join('\n')
}

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
  const common = headerFlags(target.headers)
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
          ? ` | jq -er '${jqPath(carry.from)}' > ${tokenFile(step.user)}`
          : ' -o /dev/null'
      // Refused, nothing after it would mean anything.
      const call = `curl -sSf${cookies}${common}${callOf(target.signIn, user)}${body.flags}`
      return [...before, `${call}${body.after}${token}${end}`, ...body.lines]
    }
    case 'sign-out': {
      const action = target.signOut ?? { method: 'POST', path: '/', headers: {}, body: undefined }
      const body = bodyOf(action, user, variables)
      const call = `curl -sS${cookies}${common}${credential(step.user, target)}${callOf(action, user)}${body.flags}`
      return [`${call}${body.after}${end}`, ...body.lines]
    }
    case 'ask':
    case 'leave': {
      const early = step.do === 'leave' ? ' --max-time 0.01' : ''
      const path = quote(`$TARGET${literal(fillPath(step.path, shownOf(user)))}`)
      const call = `curl -sS${early}${cookies}${common}${credential(step.user, target)} ${path}`
      if (step.do === 'leave') return [`${call} > /dev/null 2>&1 || true${end}`]
      // In one piece, so that answers that come at the same time are not mixed up in what is printed.
      return [`printf '%s: %s\\n' ${quote(literal(personName(step.user)))} "$(${call})"${end}`]
    }
  }
}

function callOf({ method, path, headers }: Action, user: User): string {
  return ` -X ${method}${headerFlags(headers)} ${quote(`$TARGET${literal(fillPath(path, shownOf(user)))}`)}`
}

function bodyOf(
  { body }: Action,
  user: User,
  variables: Set<string>,
): { flags: string; after: string; lines: string[] } {
  if (!body) return { flags: '', after: '', lines: [] }
  const filling = (name: string) => {
    if (name === 'name') return user.name
    const variable = variableOf(user.name, name)
    variables.add(variable)
    return `\u0000${variable}\u0000`
  }
  const expand = (text: string) => literal(text).replaceAll(/\0(\w+)\0/g, '$$$1')
  if (body.format === 'form') {
    const pairs = Object.entries(body.fields ?? {}).map(([name, value]) => {
      const text = expand(fillText(`${name}=${value}`, filling))
      return ` --data-urlencode ${quote(text)}`
    })
    return { flags: pairs.join(''), after: '', lines: [] }
  }
  const filled = JSON.parse(JSON.stringify(body.fields), (_key, value) =>
    typeof value === 'string' ? fillText(value, filling) : value,
  )
  const json = JSON.stringify(filled).replaceAll('\\u0000', '\u0000')
  return {
    flags: " -H 'content-type: application/json' --data-binary @-",
    after: ' <<BODY',
    lines: [expand(json), 'BODY'],
  }
}

function credential(name: string, { carry }: Target): string {
  if (carry.kind === 'cookies' || isNobody(name)) return ''
  return ` -H "${carry.name}: ${literal(carry.before)}$(cat ${tokenFile(name)})"`
}

function headerFlags(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => ` -H ${quote(literal(`${name}: ${value}`))}`)
    .join('')
}

/** What the shell would take for something else, in double quotes or a here-document. */
function literal(text: string): string {
  return text.replaceAll(/[\\$`]/g, '\\$&')
}

function quote(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`
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

/** `ALICE_PASSWORD` */
export function variableOf(user: string, field: string): string {
  return `${user}_${field}`
    .toUpperCase()
    .replaceAll(/\W/g, '_')
    .replace(/^(?=\d)/, '_')
}

function shownOf(user: User): (name: string) => string {
  return (name) => (name === 'name' ? user.name : `{${name}}`)
}

function nobody(name: string): User {
  return { name, fields: { name } }
}
