#!/usr/bin/env node
// The command `coatcheck`: where Node is too old it says in one sentence what to do, before anything that an older
// one cannot read is loaded.
import { oldNode } from './cli/node-version.ts'

const old = oldNode()

if (old === undefined) {
  const { tuneHeap } = await import('./cli/heap.ts')
  tuneHeap()
  const { commandLine } = await import('./cli/command-line.ts')
  await commandLine(process.argv.slice(2))
} else {
  process.stderr.write(
    `${old}: install Node 26, or in a checkout run "npm ci" and start by npm scripts, which bring it along.\n`,
  )
  process.exitCode = 1
}
