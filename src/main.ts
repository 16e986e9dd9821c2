#!/usr/bin/env node
// The command `coatcheck`: where Node is too old it says in one sentence what to do, before anything that an older
// one cannot read is loaded.

const [major = 0, minor = 0] = process.version.slice(1).split('.').map(Number)

if (major < 22 || (major === 22 && minor < 20)) {
  process.stderr.write(
    `Coatcheck needs Node 22.20 or later and this is ${process.version}: install Node 26, or in a checkout run "npm ci" and start by npm scripts, which bring it along.\n`,
  )
  process.exitCode = 1
} else {
  const { commandLine } = await import('./cli/command-line.ts')
  await commandLine(process.argv.slice(2))
}
