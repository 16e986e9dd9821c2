// Everything that runs while the bench runs: one upstream, one load, and every contestant in a process of its own.
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildInto } from './built.ts'
import { type Child, startChild } from './child.ts'
import type { Contestant } from './contestants.ts'
import type { Signing } from './load.ts'
import { GATEWAY_CORE, WORLD_CORE } from './machine.ts'

export interface Arena extends AsyncDisposable {
  readonly load: Child
  readonly entered: readonly Entered[]
}

export interface Entered {
  readonly contestant: Contestant
  /** Undefined where nothing stands between load and upstream. */
  readonly child: Child | undefined
}

const PEOPLE = 200

/** Everybody has signed in everywhere when it resolves. */
export async function openArena(contestants: readonly Contestant[]): Promise<Arena> {
  const dir = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const upstream = stack.use(startChild({ file: 'upstream.ts', core: WORLD_CORE }))
  const load = stack.use(startChild({ file: 'load.ts', core: WORLD_CORE }))
  const upstreamUrl = await upstream.call<string>('open')
  const built = buildInto(join(dir, 'built'))
  const entered: Entered[] = []
  for (const contestant of contestants) {
    const child = contestant.file === undefined ? undefined : stack.use(enter(contestant, dir))
    const setting = {
      upstream: upstreamUrl,
      dir: join(dir, contestant.name),
      built,
      settings: contestant.settings ?? {},
    }
    const url = (await child?.call<string>('open', setting)) ?? upstreamUrl
    const { name, signIn } = contestant
    const signing = { contestant: name, url, signIn, upstream: upstreamUrl, people: PEOPLE }
    await load.call('signIn', signing satisfies Signing)
    entered.push({ contestant, child })
  }
  const kept = stack.move()
  return { load, entered, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** What it prints goes to a file, as a service's log does. */
function enter({ name, file }: Contestant, dir: string): Child {
  mkdirSync(join(dir, name))
  const stdout = openSync(join(dir, `${name}.log`), 'w')
  try {
    return startChild({ file: `contestants/${file}`, core: GATEWAY_CORE, stdout })
  } finally {
    closeSync(stdout)
  }
}
