// The commands a tester types: a sample, its target file, the verdict as exit code, and the reports.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { Run } from '../../src/qa/run.ts'
import { people, samplePassword, samples, sampleTarget } from '../../src/qa/samples/sample.ts'
import { runCommand } from '../support/command.ts'
import { openFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { runScript } from '../support/script.ts'

// Some processes each, and a run that may take the half minute that its target has.
vi.setConfig({ testTimeout: 180_000 })

describe('coatcheck qa leaks', () => {
  it('ends with 1 where it finds something, and writes what it found without a secret', async () => {
    await using sample = await openSample('shared-jar')
    await using folder = await openFolder({ 'target.yaml': sampleTarget('shared-jar', sample.url) })
    const reports = ['--json', 'run.json', '--junit', 'junit.xml']

    const ended = await runCommand(['qa', 'leaks', 'target.yaml', ...reports], { cwd: folder.path })

    expect(ended).toMatchObject({ code: 1, stderr: '' })
    expect(ended.stdout).toContain('Shared jar: the last sign-in wins.')
    expect(ended.stdout).not.toContain('\u001b')
    const run: Run = JSON.parse(await readFile(join(folder.path, 'run.json'), 'utf8'))
    expect(run.verdict.bug).toBe('shared-jar')
    expect(await readFile(join(folder.path, 'junit.xml'), 'utf8')).toContain('<testsuites name=')
    await writeFile(join(folder.path, 'target.yaml'), '')
    expect(`${await folder.bytes()}${ended.stdout}`).not.toContain(samplePassword)
  })

  it('ends with 0 where nothing is wrong', async () => {
    await using sample = await openSample('none')
    await using folder = await openFolder({ 'target.yaml': sampleTarget('none', sample.url) })

    const ended = await runCommand(['qa', 'leaks', 'target.yaml'], { cwd: folder.path })

    expect(ended.stdout).toMatch(/^\nCLEAN: all \d+ answers belonged to whoever asked/)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends with 2 and one sentence where it cannot judge', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await using folder = await openFolder({ 'target.yaml': sampleTarget('none', url) })

    const ended = await runCommand(['qa', 'leaks', 'target.yaml'], { cwd: folder.path })

    expect(ended.code).toBe(2)
    expect(ended.stdout).toContain(`COULD NOT JUDGE: ${url} did not answer`)
  })

  it('ends with 2 where the target file is wrong, and tries nothing', async () => {
    await using folder = await openFolder({ 'target.yaml': 'target: http://localhost:5000\n' })

    const ended = await runCommand(['qa', 'leaks', 'target.yaml'], { cwd: folder.path })

    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('target.yaml:1:1 signIn: is missing\n')
  })
})

describe('the script that a report has shows the leak with curl alone:', () => {
  it.each<readonly [keyof typeof samples, RegExp]>([
    ['shared-jar', /^Alice: \{"username":"bob","email":"bob@example.org"\}\n$/],
    ['default-header', /^(\w+): \{"owner":"(?!\1)\w+","notes":.*\}\n$/i],
    ['cached-set-cookie', /\nBob: \{"username":"alice",.*\}\n$/],
    ['cached-answer', /^(\w+): \{"\w+":"\1".*\}\n(?!\1)\w+: \{"\w+":"\1".*\}\n$/i],
    ['request-race', /^(?:\w+: \{"\w+":"\w+".*\}\n){10}$/],
    ['fixation', /\nVisitor: \{"username":"alice",.*\}\n$/],
  ])('%s', async (name, shown) => {
    const clock = patientClock()
    await using sample = await openSample(name, clock)
    const yaml = `${sampleTarget(name, sample.url)}requests: 6\n`
    await using folder = await openFolder({ 'target.yaml': yaml })
    await runCommand(['qa', 'leaks', 'target.yaml', '--json', 'run.json'], { cwd: folder.path })
    const run: Run = JSON.parse(await readFile(join(folder.path, 'run.json'), 'utf8'))
    const passwords = people.map((person) => [`${person.toUpperCase()}_PASSWORD`, samplePassword])

    clock.takeTime()
    const printed = await runScript(run.verdict.history?.curl ?? '', Object.fromEntries(passwords))

    expect(printed).toMatch(shown)
    expect(printed).toMatch(FOREIGN)
  })
})

it('the script of what one process alone knows shows both: in, and thrown out', async () => {
  await using sample = await openSample('per-process')
  const yaml = `${sampleTarget('per-process', sample.url)}requests: 6\n`
  await using folder = await openFolder({ 'target.yaml': yaml })
  await runCommand(['qa', 'leaks', 'target.yaml', '--json', 'run.json'], { cwd: folder.path })
  const run: Run = JSON.parse(await readFile(join(folder.path, 'run.json'), 'utf8'))
  const passwords = people.map((person) => [`${person.toUpperCase()}_PASSWORD`, samplePassword])

  const printed = await runScript(run.verdict.history?.curl ?? '', Object.fromEntries(passwords))

  expect(printed).toMatch(/^Alice: \{"username":"alice",/m)
  expect(printed).toMatch(/^Alice: \{"message":"Sign in first\."\}$/m)
})

/** Whoever stands before the colon is not whose data follows. */
const FOREIGN = /^(\w+): \{"\w+":"(?!\1)/im

describe('coatcheck qa init', () => {
  it('writes a target file that fits what it saw, and never over one that is there', async () => {
    await using sample = await openSample('none')
    await using folder = await openFolder()
    const env = { ALICE_PASSWORD: samplePassword, BOB_PASSWORD: samplePassword }

    const first = await runCommand(['qa', 'init', sample.url], { cwd: folder.path })
    const again = await runCommand(['qa', 'init', sample.url], { cwd: folder.path })
    const ended = await runCommand(['qa', 'leaks', 'target.yaml'], { cwd: folder.path, env })

    expect(first.stdout).toBe(
      'Wrote target.yaml. Fill in users, check signIn, carry and whoami (guesses), then: coatcheck qa leaks target.yaml\n',
    )
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toMatch(/^target.yaml is there already: .*--force/)
    expect(ended.stdout).toContain('CLEAN')
  })

  it('says in a sentence what is wrong with the URL', async () => {
    await using folder = await openFolder()

    const told = async (url: string) =>
      (await runCommand(['qa', 'init', url], { cwd: folder.path })).stderr

    expect(await told('localhost:5000')).toMatch(/^The URL must be an http\(s\) address/)
    expect(await told('http://192.0.2.7')).toMatch(
      /^192.0.2.7 is not this machine: pass --allow-host/,
    )
    expect(await told(`http://127.0.0.1:${await freePort()}`)).toMatch(/did not answer: .*start it/)
  })
})

describe('coatcheck qa', () => {
  it('knows its sub-commands, and names what a misspelt one was meant to be', async () => {
    await using folder = await openFolder()

    const help = await runCommand(['qa', '--help'], { cwd: folder.path })
    const misspelt = await runCommand(['qa', 'leeks'], { cwd: folder.path })

    expect(help.stdout).toMatch(/leaks.*init.*sample/s)
    expect(misspelt).toMatchObject({ code: 2 })
    expect(misspelt.stderr).toContain('Did you mean leaks?')
  })
})

async function openSample(name: keyof typeof samples, clock: Clock = systemClock) {
  const open = await samples[name]()
  return open({ random: systemRandom, port: 0, clock })
}

/** So that what must come within a moment does so, however slowly a shell starts one curl after another. */
const TIMES_AS_LONG = 25

/** The machine's, until `takeTime`: then whatever was waited for is there, and from then on all takes longer. */
function patientClock(): Clock & { takeTime(): void } {
  const waiting = new Set<() => void>()
  let times = 1
  return {
    now: systemClock.now,
    after(ms, work) {
      const due = () => {
        cancel()
        if (waiting.delete(due)) work()
      }
      const cancel = systemClock.after(ms * times, due)
      waiting.add(due)
      return () => {
        cancel()
        waiting.delete(due)
      }
    },
    takeTime() {
      for (const due of waiting) due()
      times = TIMES_AS_LONG
    },
  }
}
