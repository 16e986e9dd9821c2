// Seen calls as a test for Playwright: each persona a fixture, the same order and overlap, the same statuses expected. Pure.
import { isSessionRefused } from './call-log.ts'

export interface SpecCall {
  readonly persona: string
  readonly method: string
  /** With its query; what was a secret is a `{{…}}`. */
  readonly path: string
  readonly body?: { readonly type: string; readonly text: string }
  /** Epoch ms. */
  readonly startedAt: number
  readonly endedAt: number
  readonly status: number
  readonly problem?: string
  /** Whose the answer was, where that is somebody else. */
  readonly foreign?: { readonly owner: string | undefined; readonly stopped: boolean }
}

export interface SpecOptions {
  readonly origin: string
  /** Whether the bench asks for its token. */
  readonly hasToken: boolean
  /** For people. */
  readonly seenAt: string
}

/** undefined where there is nothing to play: no call of a persona. */
export function specOf(calls: readonly SpecCall[], options: SpecOptions): string | undefined {
  const played = withoutRepeats(
    calls.filter(({ status }) => status > 0).toSorted((a, b) => a.startedAt - b.startedAt),
  )
  if (played.length === 0) return undefined
  const names = [...new Set(played.map(({ call }) => call.persona))]
  const fixtures = names.map(
    (name) =>
      `  ${local(name)}: ({ playwright }, use) => signedIn(playwright, ${text(name)}, use),`,
  )
  const wanted = names.map(local)
  const secrets = played.some(({ call }) => /\{\{.+?\}\}/.test(call.path + (call.body?.text ?? '')))
  return `// Seen at ${options.origin}, ${options.seenAt}. Run it with \`npx playwright test\` while that gateway runs.
${secrets ? '// {{…}} stands for a secret that was left out: put one of your own there.\n' : ''}import {
  type APIRequestContext,
  expect,
  type PlaywrightWorkerArgs,
  test as base,
} from '@playwright/test'

const origin = ${text(options.origin)}
${options.hasToken ? '/** The setting qa.token of the gateway. */\nconst token = process.env.COATCHECK_QA_TOKEN\n' : ''}
type Playwright = PlaywrightWorkerArgs['playwright']
type Use = (context: APIRequestContext) => Promise<void>

/** A session of the persona's own, made for this test. */
async function signedIn(playwright: Playwright, persona: string, use: Use) {
  const bench = await playwright.request.newContext({
    baseURL: origin,${options.hasToken ? TOKEN_HEADER : ''}
  })
  const made = await bench.post('/qa/sessions', { data: { persona } })
  expect(made.status(), await made.text()).toBe(201)
  const { storageState } = await made.json()
  const context = await playwright.request.newContext({
    baseURL: origin,
    storageState,
    extraHTTPHeaders: { 'X-CSRF': '1' },
  })
  await use(context)
  await context.dispose()
  await bench.dispose()
}

const test = base.extend<{ ${wanted.map((name) => `${name}: APIRequestContext`).join('; ')} }>({
${fixtures.join('\n')}
})

test(${text(`${listed(names)} as seen ${options.seenAt}`)}, async ({ ${wanted.join(', ')} }) => {
${overlapping(played).map(stepOf).join('\n')}
})
`
}

const TOKEN_HEADER = `\n    extraHTTPHeaders: { authorization: \`Bearer \${token}\` },`

interface Played {
  readonly call: SpecCall
  /** So many of the same came right after, with the same answer. */
  more: number
}

/** A page that asks again and again says nothing new. */
function withoutRepeats(calls: readonly SpecCall[]): Played[] {
  const played: Played[] = []
  const last = new Map<string, Played>()
  for (const call of calls) {
    const same = `${call.persona} ${call.path}`
    const before = last.get(same)
    const reads = call.method === 'GET' || call.method === 'HEAD'
    if (reads && !call.foreign && before?.call.status === call.status && !before.call.foreign) {
      before.more++
      continue
    }
    const one = { call, more: 0 }
    played.push(one)
    // What somebody writes may change what they read.
    if (reads) last.set(same, one)
    else for (const name of last.keys()) if (name.startsWith(`${call.persona} `)) last.delete(name)
  }
  return played
}

/** Calls that were under way at the same time stand together. */
function overlapping(played: readonly Played[]): Played[][] {
  const groups: Played[][] = []
  let until = Number.NEGATIVE_INFINITY
  for (const one of played) {
    if (one.call.startedAt < until) groups.at(-1)?.push(one)
    else groups.push([one])
    until = Math.max(until, one.call.endedAt)
  }
  return groups
}

function stepOf(group: readonly Played[]): string {
  const [only] = group
  if (group.length === 1 && only) {
    return indented(`${comments(only)}{\n${checks(only.call)}\n}`, 1)
  }
  const all = group.map((one) => `${comments(one)}(async () => {\n${checks(one.call)}\n})(),`)
  return indented(`await Promise.all([\n${indented(all.join('\n'), 1)}\n])`, 1)
}

function comments({ call, more }: Played): string {
  return more === 0
    ? ''
    : `// And ${more} more of ${call.method} ${oneLine(call.path)}, answered the same.\n`
}

function checks(call: SpecCall): string {
  const { persona, status, problem, foreign } = call
  const lines = [`const answer = await ${local(persona)}.${askOf(call)}`]
  if (foreign) {
    const whose = foreign.owner ?? 'somebody else'
    lines.push(`// It was ${whose}'s${foreign.stopped ? ', and the gateway stopped it' : ''}.`)
    lines.push("expect(answer.headers()['coatcheck-problem']).not.toBe('leak_prevented')")
    if (foreign.owner)
      lines.push(`expect(await answer.text()).not.toContain(${text(foreign.owner)})`)
  } else if (isSessionRefused(problem)) {
    lines.push(
      `// Answered ${status} ${problem}: POST /qa/sessions/${persona}/state brings a session there.`,
      '// expect(answer.status()).toBe(401)',
      'expect(answer.status()).toBeLessThan(500)',
    )
  } else {
    lines.push(`expect(answer.status()).toBe(${status})`)
  }
  return indented(lines.join('\n'), 1)
}

const KNOWN: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head'])

function askOf({ method, path, body }: SpecCall): string {
  const known = KNOWN.has(method.toLowerCase()) ? method.toLowerCase() : undefined
  const options = [
    known === undefined ? `method: ${text(method)}` : '',
    body && body.type !== '' ? `headers: { 'content-type': ${text(body.type)} }` : '',
    body ? `data: ${text(body.text)}` : '',
  ].filter((option) => option !== '')
  const rest = options.length === 0 ? '' : `, { ${options.join(', ')} }`
  return `${known ?? 'fetch'}(${text(path)}${rest})`
}

/** As it may stand in a script; a browser's text is anybody's. */
function text(value: string): string {
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

const TAKEN: ReadonlySet<string> = new Set(
  'answer base expect origin token test use signedIn browser browserName baseURL context page request playwright await break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield async'.split(
    ' ',
  ),
)

/** A persona's name as a variable, and as a fixture beside those of Playwright. */
function local(name: string): string {
  const camel = name.replace(/-+(\w)/g, (_, letter: string) => letter.toUpperCase())
  return TAKEN.has(camel) ? `${camel}_` : camel
}

function listed(names: readonly string[]): string {
  if (names.length < 3) return names.join(' and ')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function oneLine(path: string): string {
  return path.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
}

function indented(block: string, by: number): string {
  return block.replace(/^(?=.)/gm, '  '.repeat(by))
}
