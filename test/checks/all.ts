// Every check that is neither types nor lint: `node test/checks/all.ts [--write]`. Says what it found, and exits 1 then.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { INSIDE, runBlocks } from './blocks.ts'
import { docsProblems, readDocs } from './docs.ts'
import { files, freshRegions, regions, staleFiles, staleRegions, writeStale } from './generated.ts'
import { houseProblems } from './house-rules.ts'
import { lockProblems } from './lockfile.ts'
import { ringProblems } from './rings.ts'
import { rooms } from './rooms.ts'
import { readSources } from './source.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))
const pages = readDocs(top)

if (process.env[INSIDE]) {
  throw new Error(
    'a block of the docs runs this check within itself: mark it <!-- check: none: … -->',
  )
}
if (process.argv.includes('--write')) {
  const texts = pages.map(({ file, text }) => [file, () => freshRegions(text, regions)] as const)
  for (const file of writeStale(top, { ...files, ...Object.fromEntries(texts) })) {
    console.log(`wrote ${file}`)
  }
  process.exit()
}

const checks: Readonly<Record<string, () => string[] | Promise<string[]>>> = {
  rings: () => ringProblems(readSources(top), rooms),
  'house rules': () => houseProblems(readSources(top)),
  'lock file': () => lockProblems(JSON.parse(readFileSync(join(top, 'package-lock.json'), 'utf8'))),
  generated: () => [
    ...staleFiles(top, files),
    ...pages.flatMap((page) => staleRegions(page, regions)),
  ],
  docs: () => docsProblems(top, pages),
  ...Object.fromEntries(
    pages
      .filter(({ blocks }) => blocks.length > 0)
      .map((page) => [`commands of ${page.file}`, () => runBlocks(top, page)]),
  ),
}

for (const [name, check] of Object.entries(checks)) {
  const from = performance.now()
  const problems = await check()
  const seconds = ((performance.now() - from) / 1000).toFixed(1)
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${seconds} s`)
  for (const problem of problems) console.log(`  ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
