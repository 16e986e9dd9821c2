// A run as JUnit XML: a test case for each user in each phase, so that a build says who saw whose data. Pure.
import type { Run, RunCall } from '../run.ts'
import { againInWords } from './words.ts'

/** At most so many requests are told of one user in one phase. */
const TOLD = 10

export function junitReport(run: Run): string {
  const { verdict, phases, calls, users } = run
  const byCase = Map.groupBy(calls, ({ phase, user }) => `${phase}\n${user}`)
  let failures = 0
  let tests = 0
  const suites = phases.map(({ name, title, startMs, endMs }) => {
    const cases = users.flatMap((user) => {
      const own = byCase.get(`${name}\n${user.name}`)
      return own ? [testCase(name, user.name, own)] : []
    })
    const failed = cases.filter((one) => one.failed).length
    failures += failed
    tests += cases.length
    const facts = `tests="${cases.length}" failures="${failed}" errors="0" time="${seconds(startMs, endMs)}"`
    return [
      `  <testsuite name="${xml(title)}" ${facts}>`,
      ...cases.map(({ text }) => text),
      '  </testsuite>',
    ].join('\n')
  })
  // A run that could not judge must not pass.
  const errors = verdict.outcome === 'unjudged' ? 1 : 0
  const words = [verdict.sentence, verdict.explanation]
    .filter((text) => text !== undefined)
    .join(' ')
  const type = { clean: undefined, leak: 'failure', different: 'failure', unjudged: 'error' }[
    verdict.outcome
  ]
  const body =
    type === undefined ? '' : `<${type} message="${xml(words)}">${xml(historyOf(run))}</${type}>`
  const notes = verdict.notes?.length
    ? `<system-out>${xml(verdict.notes.join('\n'))}</system-out>`
    : ''
  const suite = `  <testsuite name="Verdict" tests="1" failures="${type === 'failure' ? 1 : 0}" errors="${errors}" time="0">
    <testcase classname="coatcheck.leaks" name="nobody gets what belongs to somebody else" time="0">${body}${notes}</testcase>
  </testsuite>`
  if (type === 'failure') failures++
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="coatcheck qa leaks ${xml(run.target)}" tests="${tests + 1}" failures="${failures}" errors="${errors}">
${[suite, ...suites].join('\n')}
</testsuites>
`
}

function testCase(phase: string, user: string, calls: readonly RunCall[]) {
  const bad = calls.filter(({ outcome }) => outcome === 'foreign' || outcome === 'thrown_out')
  const first = calls[0]?.startMs ?? 0
  const last = Math.max(...calls.map(({ endMs }) => endMs))
  const head = `    <testcase classname="coatcheck.leaks.${xml(phase)}" name="${xml(user)}" time="${seconds(first, last)}"`
  if (bad.length === 0) return { failed: false, text: `${head}/>` }
  const told = bad
    .slice(0, TOLD)
    .map(
      ({ method, path, status, outcome, owner, found, n }) =>
        `#${n} ${method} ${path}: ${status}, ${outcome === 'foreign' ? (found ?? `belongs to ${owner}`) : 'thrown out'}`,
    )
  const more = bad.length > TOLD ? [`and ${bad.length - TOLD} more`] : []
  const message = `${bad.length} of ${calls.length} answers were not for ${user}`
  const text = xml([...told, ...more].join('\n'))
  return {
    failed: true,
    text: `${head}><failure message="${xml(message)}">${text}</failure></testcase>`,
  }
}

function historyOf({ verdict, seed }: Run): string {
  const steps = verdict.history?.steps.map((step, index) => `${index + 1}. ${step}`) ?? []
  const again = verdict.history ? againInWords(verdict.history) : ''
  const told = [again, verdict.withoutHistory ?? ''].filter((text) => text !== '')
  return [...steps, ...told, `seed ${seed}`].join('\n')
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(3)
}

/** XML 1.0: five characters have names, and most control characters may not stand at all. */
function xml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  }
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll(/[&<>"']/g, (character) => names[character] ?? '')
  )
}
