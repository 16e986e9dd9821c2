// The report of a run as one HTML file that needs nothing else: under 2 MB, and nothing a service answered can act in it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { builtPage } from '../../built-page.ts'
import type { Run } from '../run.ts'
import { type Bounds, bound } from './page/bound.ts'
import { headOf, historyOf, titleOf } from './page/head.ts'
import { pack } from './page/packed.ts'
import { printedOf } from './page/printed.ts'

const MOST_BYTES = 2_000_000

/** Tried in turn until the file is small enough. */
const BOUNDS: readonly Bounds[] = [
  { messages: 1_000_000, calls: 60_000, path: 400 },
  { messages: 500_000, calls: 40_000, path: 120 },
  { messages: 150_000, calls: 20_000, path: 60 },
  { messages: 20_000, calls: 5_000, path: 40 },
]

/** Rejects, with what to do, when the page cannot be built, or the file cannot be made small enough. */
export async function renderHtmlReport(run: Run): Promise<string> {
  const page = await builtPage('report')
  if ('why' in page) throw new Error(page.why)
  const template = await readFile(join(page.dir, 'index.html'), 'utf8')
  for (const bounds of BOUNDS) {
    const report = fill(template, run, await dataOf(run, bounds))
    if (Buffer.byteLength(report) < MOST_BYTES) return report
  }
  throw new Error(
    'it would have more than 2 MB. --json has everything; fewer users make it smaller.',
  )
}

/** Base64 of gzip: no character of it means anything in HTML. */
async function dataOf(run: Run, bounds: Bounds): Promise<string> {
  const json = JSON.stringify(pack(bound(run, bounds)))
  return (await promisify(gzip)(json, { level: 9 })).toString('base64')
}

/** In one pass: what looks like a place within what was put in is none. */
function fill(template: string, run: Run, data: string): string {
  const parts: Readonly<Record<string, string>> = {
    title: titleOf(run).markup,
    head: headOf(run).markup,
    history: historyOf(run).markup,
    printed: printedOf(run).markup,
    data,
  }
  return template.replace(/<!--run:(\w+)-->/g, (_, name: string) => parts[name] ?? '')
}
