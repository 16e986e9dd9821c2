import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { renderHtmlReport } from '../../../src/qa/report/html.ts'
import { bound } from '../../../src/qa/report/page/bound.ts'
import { counterparts } from '../../../src/qa/report/page/counterparts.ts'
import { escapeText, html } from '../../../src/qa/report/page/markup.ts'
import { type Packed, pack, unpack } from '../../../src/qa/report/page/packed.ts'
import { kindOf, spanText } from '../../../src/qa/report/page/words.ts'
import type { Run, RunCall } from '../../../src/qa/run.ts'
import { cleanRun, HOSTILE, hostileRun, hugeRun, replayRun, sharedJarRun } from './report-runs.ts'

const AMPLE = { messages: 1e9, calls: 1e9, path: 1e9 }
const MEGABYTES_2 = 2_000_000

describe('the HTML report', { timeout: 60_000 }, () => {
  it('says the sentence, the explanation, the facts and the steps before any script runs', async () => {
    const page = withoutScripts(await renderHtmlReport(sharedJarRun()))

    const text = page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')
    expect(text).toContain(
      'LEAK: 14 of 400 answers belonged to someone else; 102 valid users were thrown out.',
    )
    expect(page).toContain('<em>Shared jar: the last sign-in wins.</em>')
    for (const fact of ['http://localhost:5000', '2025-03-14 09:26:53 UTC', '1204771', '400']) {
      expect(text).toContain(fact)
    }
    expect(page.match(/<li>/g)).toHaveLength(4)
    expect(text).toContain('curl -s -b alice.jar $BASE/user')
  })

  it('lists every foreign answer for paper', async () => {
    const page = withoutScripts(await renderHtmlReport(sharedJarRun()))

    const rows = page.slice(page.indexOf('<tbody>'), page.indexOf('</tbody>')).match(/<tr>/g)
    expect(rows).toHaveLength(14)
  })

  it.each([
    ['CLEAN: all', cleanRun(200)],
    ['LEAK: 14', sharedJarRun()],
    ['COULD NOT JUDGE: /username was missing', unjudged('/username was missing for alice')],
    ['COULD NOT JUDGE: it', unjudged('COULD NOT JUDGE: it')],
    ['NOT AS RECORDED: it', unjudged('NOT AS RECORDED: it')],
  ])('says its outcome once, in words: %s', async (words, run) => {
    const page = withoutScripts(await renderHtmlReport(run))

    const heading = page.slice(page.indexOf('<h1>'), page.indexOf('</h1>'))
    expect(heading.replace(/<[^>]*>/g, '').trim()).toMatch(new RegExp(`^${words}`))
  })

  it('asks nothing of any network, and lets only its own script run', async () => {
    const page = await renderHtmlReport(sharedJarRun())

    expect(page).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)=/)
    expect(page).not.toMatch(/@import|url\(/)
    const [policy = ''] = /content="default-src[^"]*"/.exec(page) ?? []
    expect(policy).toMatch(
      /default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-/,
    )
    expect(policy).not.toContain('unsafe')
  })

  it('lets nothing that a service answered stand in the page as markup', async () => {
    const page = await renderHtmlReport(hostileRun())

    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    expect(page.match(/<style/g)).toHaveLength(1)
    expect(page.match(/<base|<meta http-equiv="refresh"|<img|onload="|onerror="/g)).toBeNull()
    expect(page.match(/type="application\/gzip"/g)).toHaveLength(1)
    expect(page).not.toMatch(/[\u2028\u2029\u202e\0]/)
    expect(page).not.toContain('<!--run:')
  })

  it.each([
    ['as engines make them', cleanRun(10_000, 50)],
    ['with every fourth answer foreign, each 4,096 letters that no other has', hugeRun(10_000)],
    ['thirty thousand', cleanRun(30_000, 50)],
  ])('stays under 2 MB for ten thousand calls, %s', async (_, run) => {
    const page = await renderHtmlReport(run)

    expect(Buffer.byteLength(page)).toBeLessThan(MEGABYTES_2)
    expect(dataOf(page).calls).toHaveLength(run.calls.length)
  })
})

describe('a packed run', { timeout: 60_000 }, () => {
  it('comes out as it went in', () => {
    const bounded = bound(sharedJarRun(), AMPLE)

    const out = unpack(JSON.parse(JSON.stringify(pack(bounded))))

    const rounded = bounded.calls.map((call) => {
      const [startMs, endMs] = [tenth(call.startMs), tenth(call.endMs)]
      return { ...call, startMs, endMs }
    })
    expect(out).toEqual({ ...bounded, calls: rounded })
  })

  it('holds a text once, however often it stands in the run', () => {
    const { texts } = pack(bound(sharedJarRun(), AMPLE))

    expect(new Set(texts).size).toBe(texts.length)
  })

  it('shows characters that would turn the reading order around, and moves none', () => {
    const run = sharedJarRun()
    const [first] = run.calls
    const path = '/a\u202eb\u0000c\nd'

    const { calls } = unpack(pack(bound({ ...run, calls: [{ ...first, path } as RunCall] }, AMPLE)))

    expect(calls[0]?.path).toBe('/a\ufffdb\ufffdc\nd')
  })
})

describe('what a report keeps of a run', { timeout: 60_000 }, () => {
  it('keeps every call, and the messages of what went wrong, of its counterparts and of firsts', () => {
    const run = sharedJarRun()

    const { calls, left } = bound(run, AMPLE)

    expect(calls).toHaveLength(400)
    const trouble = calls.filter(({ outcome }) => outcome === 'foreign' || outcome === 'thrown_out')
    expect(trouble.every(({ response }) => response !== undefined)).toBe(true)
    const beside = counterparts(calls)
    for (const call of trouble.filter(({ outcome }) => outcome === 'foreign')) {
      expect(beside(call)).toMatchObject({ user: call.owner, outcome: 'own' })
    }
    expect(left).toMatchObject({ calls: 400, shown: 400, troubleWithout: 0, cutPaths: 0 })
    expect(left.withMessages).toBe(calls.filter(({ response }) => response).length)
    expect(left.withMessages).toBeLessThan(300)
  })

  it('keeps one foreign answer of each kind before a second of any, and says what it dropped', () => {
    const kinds = ['alice', 'alice', 'alice', 'carol']
    const calls = kinds.map((user, n): RunCall => {
      const response = { headers: [], body: `bob ${n}`.padEnd(500), cut: false }
      return { ...own(n, user, '/user', n), outcome: 'foreign', owner: 'bob', response }
    })

    const kept = bound({ ...sharedJarRun(), calls }, { ...AMPLE, messages: 1200 })

    const withMessages = kept.calls.filter(({ response }) => response !== undefined)
    expect(withMessages.map(({ n }) => n)).toEqual([0, 3])
    expect(kept.left).toMatchObject({ withMessages: 2, troubleWithout: 2 })
  })

  it('leaves out good calls first when there are too many, evenly', () => {
    const { calls, left } = bound(sharedJarRun(), { ...AMPLE, calls: 200 })

    expect(calls).toHaveLength(200)
    expect(calls.filter(({ outcome }) => outcome === 'foreign')).toHaveLength(14)
    expect(calls.filter(({ outcome }) => outcome === 'thrown_out')).toHaveLength(102)
    expect(calls.filter(({ n }) => n < 200).length).toBeGreaterThan(70)
    expect(left).toMatchObject({ calls: 400, shown: 200 })
  })
})

describe('the report of a replay', { timeout: 60_000 }, () => {
  it('carries differences, and what was recorded, wherever they are told', () => {
    const run = replayRun()

    const { calls } = unpack(JSON.parse(JSON.stringify(pack(bound(run, AMPLE)))))

    const told = run.calls.filter((call) => call.recorded !== undefined)
    expect(told).toHaveLength(5)
    for (const call of told) expect(calls).toContainEqual(call)
    expect(calls.map(kindOf).filter((kind) => kind !== 'own')).toEqual([
      ...Array(3).fill('different'),
      ...Array(2).fill('mended'),
      'foreign',
    ])
  })

  it('cuts what is different where there is no room for it, and says so', () => {
    const run = replayRun()
    const differences = Array.from({ length: 9 }, (_, n) => `/${n} ${'x'.repeat(200)}`)
    const calls = run.calls.map((call) => (call.differences ? { ...call, differences } : call))

    const kept = bound({ ...run, calls }, { messages: 0, calls: 1e9, path: 40 })

    const [first] = kept.calls.filter((call) => call.differences)
    expect(first?.differences).toHaveLength(5)
    expect(first?.differences?.[0]).toHaveLength(40)
    expect(first?.differences?.[4]).toBe('and 5 more')
    expect(first?.recorded).toEqual({ status: 200, outcome: 'plain' })
  })

  it('stays under 2 MB for five thousand long differences', async () => {
    const run = replayRun()
    const broken = run.calls.filter((call) => call.differences)
    const noise = (n: number) =>
      Array.from({ length: 60 }, (_, at) => Math.imul(n + 1, at + 77) >>> 0).join()
    const calls = Array.from({ length: 5_000 }, (_, n) => {
      const text = noise(n)
      const response = { headers: [], body: text.repeat(8).slice(0, 4096), cut: true }
      const differences = [`/a ${text}`, `/b ${text}`]
      const recorded = { status: 200, outcome: 'plain', response } as const
      return { ...(broken[0] as RunCall), n, differences, response, recorded }
    })

    const page = await renderHtmlReport({ ...run, calls })

    expect(Buffer.byteLength(page)).toBeLessThan(MEGABYTES_2)
  })

  it('counts nobody as no user, names how it was played, and a seed only where there was one', async () => {
    const run = replayRun()
    const text = async (pace: Run['pace'] & {}) =>
      withoutScripts(await renderHtmlReport({ ...run, pace })).replace(/<[^>]*>/g, ' ')

    const inOrder = (await text('order')).replace(/\s+/g, ' ')

    expect(inOrder).toContain('Users 2 · nobody: never signed in')
    expect(inOrder).toContain('Played in the recorded order and overlap')
    expect(inOrder).not.toContain('Seed')
    expect(await text('reorder')).toMatch(/Seed\s+0\s+Played\s+reordered/)
  })

  it('lists for paper what is not as it was recorded', async () => {
    const page = withoutScripts(await renderHtmlReport(replayRun()))

    expect(page.match(/status 200 → 500, content type/g)).toHaveLength(3)
  })
})

describe('the counterpart', { timeout: 60_000 }, () => {
  const calls: readonly RunCall[] = [
    own(0, 'bob', '/user', 0),
    own(1, 'bob', '/user', 100),
    own(2, 'bob', '/notes', 190),
    own(3, 'alice', '/user', 195),
    { ...own(4, 'alice', '/user', 200), outcome: 'foreign', owner: 'bob' },
    { ...own(5, 'alice', '/else', 220), outcome: 'foreign', owner: 'bob' },
    { ...own(6, 'alice', '/user', 240), outcome: 'thrown_out' },
    { ...own(7, 'alice', '/user', 260), outcome: 'foreign', owner: 'carol' },
  ]
  const beside = counterparts(calls)

  it.each<readonly [number, number | undefined, string]>([
    [4, 1, "the owner's own answer to the same, nearest in time"],
    [5, 2, 'any answer of the owner where the same was never asked'],
    [6, 3, 'what a user had got before being thrown out'],
    [7, undefined, 'nothing where the owner never got an own answer'],
    [3, undefined, 'nothing for a good answer'],
  ])('of call %i is %o: %s', (n, other) => {
    expect(beside(calls[n] as RunCall)?.n).toBe(other)
  })
})

describe('markup', { timeout: 60_000 }, () => {
  it('takes what it is handed for text, also within attributes', () => {
    const name = '"><script>1</script>'

    const { markup } = html`<p title="${name}">${name} ${html`<b>${1}</b>`}${[html`<i>`]}</p>`

    expect(markup).toBe(`<p title="${escapeText(name)}">${escapeText(name)} <b>1</b><i></p>`)
    expect(escapeText(HOSTILE)).not.toMatch(/[<>"'\u2028\u2029\u202e\0]/)
  })
})

it.each([
  [0, '0 ms'],
  [4.26, '4.3 ms'],
  [234.4, '234 ms'],
  [999.7, '1.000 s'],
  [1234, '1.234 s'],
  [75_250, '1 min 15.3 s'],
])('writes %d ms as %s', (ms, text) => {
  expect(spanText(ms)).toBe(text)
})

function withoutScripts(page: string): string {
  return page.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, '')
}

function dataOf(page: string): Packed {
  const [, base64 = ''] = /id="run">([^<]*)</.exec(page) ?? []
  return JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString())
}

function unjudged(sentence: string): Run {
  const run = cleanRun(20)
  return { ...run, verdict: { ...run.verdict, outcome: 'unjudged', sentence } }
}

function own(n: number, user: string, path: string, startMs: number): RunCall {
  return {
    n,
    phase: 'steady',
    user,
    method: 'GET',
    path,
    startMs,
    endMs: startMs + 5,
    status: 200,
    outcome: 'own',
    response: { headers: [], body: user, cut: false },
  }
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10
}
