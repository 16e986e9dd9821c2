// A history as a script for sh and curl, with a variable wherever a secret goes. Pure.
import { commandsFor } from './curl-batch.ts'
import { createNames } from './curl-names.ts'
import { COOKIES, onOneCurl } from './curl-one-connection.ts'
import { pageFunctions, pageNeedsJq } from './curl-page.ts'
import { comment, literal } from './curl-parts.ts'
import { actionOf } from './curl-people.ts'
import { onOneConnection } from './evidence.ts'
import { isNobody } from './knowledge.ts'
import type { Observation } from './step.ts'
import type { Target } from './target.ts'

/** Scheme, host and port of `TARGET`. */
const ORIGIN: readonly string[] = [
  `ORIGIN="\${TARGET#*://}"`,
  `ORIGIN="\${TARGET%%://*}://\${ORIGIN%%/*}"`,
]
const MANY_ROUNDS = '1 2 3 4 5 6 7 8 9 10 11 12'

/** `steps`: the words of each batch, written above its commands; `remark` stands at its head, where there is one. */
export function curlScript(
  seen: readonly Observation[],
  steps: readonly string[],
  target: Target,
  remark = '',
): string {
  const batches = [...Map.groupBy(seen, ({ batch }) => batch)].toSorted(([a], [b]) => a - b)
  const people = new Set(seen.map(({ step }) => step.user).filter((name) => !isNobody(name)))
  const names = createNames(target)
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
      lines.push('', ...told, ...onOneCurl(asking, target, names))
    } else if (next) lines.push('', comment(next.words), ...commandsFor(next.all, target, names))
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
      ...commandsFor(asked.all, target, names),
      'done',
    )
  }
  const { variables } = names
  const renamed = [...people].filter((name) => names.file(name) !== name)
  const actions = seen.flatMap(({ step }) => actionOf(step.do, target) ?? [])
  const needsJq = target.carry.kind === 'header' || pageNeedsJq(actions)
  return [
    '#!/bin/sh',
    `# ${needsJq ? 'Needs curl and jq' : 'Needs curl'}.${people.size > 0 && variables.size > 0 ? ` Set ${[...variables].join(', ')} first.` : ''}`,
    ...(remark === '' ? [] : [comment(remark)]),
    ...renamed.map((name) => comment(`${names.file(name)}: ${name}`)),
    'set -eu',
    `TARGET="\${TARGET:-${literal(target.origin + target.base)}}"`,
    ...(lines.some((line) => line.includes('$ORIGIN"')) ? ORIGIN : []),
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
