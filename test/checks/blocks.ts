// Runs the sh blocks of a page as a reader would: in order, in one fresh copy of the checkout, with the machine's own Node.
import { freePort } from '../support/free-port.ts'
import { ADDRESS, answers, within } from './address.ts'
import { openCopy } from './copy.ts'
import type { Block, Page } from './page.ts'
import { openShell, type Shell } from './shell.ts'

export interface Limits {
  readonly runMs: number
  /** From the first command to an address that answers. */
  readonly startMs: number
  /** From SIGTERM to the end. */
  readonly stopMs: number
}

const usual: Limits = { runMs: 60_000, startMs: 90_000, stopMs: 30_000 }

/** Set for every block, so that none runs the docs check within itself. */
export const INSIDE = 'COATCHECK_DOCS_CHECK'

/** What a start block started; it runs for the blocks below it, until the next one or the page's end. */
interface Started {
  readonly block: Block
  readonly shell: Shell
  /** Ports as the docs name them → the free ones in their place. */
  readonly ports: Readonly<Record<string, number>>
}

/** One entry for each block that failed, with the end of what it printed. */
export async function runBlocks(
  top: string,
  page: Page,
  limits: Limits = usual,
): Promise<string[]> {
  const blocks = page.blocks.filter(({ check }) => check !== 'none')
  if (blocks.length === 0) return []
  const problems: string[] = []
  const complain = ({ line }: Block, problem: string, { printed }: Shell) => {
    problems.push([`${page.file}:${line}: ${problem}`, ...lastLines(printed)].join('\n    '))
  }
  await using copy = await openCopy(top)
  let started: Started | undefined

  async function run(block: Block): Promise<void> {
    const script = started ? withPorts(block.text, started.ports) : block.text
    const shell = openShell(script, copy.path, { [INSIDE]: '1' })
    const code = await within(limits.runMs, shell.ended)
    shell.kill()
    await shell.silent
    if (code === 0) return
    complain(block, code === undefined ? 'takes too long' : `ends with ${code}`, shell)
  }

  async function start(block: Block): Promise<void> {
    const [port, operators] = await Promise.all([freePort(), freePort()])
    const shell = openShell(block.text, copy.path, {
      [INSIDE]: '1',
      COATCHECK__LISTEN__PORT: String(port),
      COATCHECK__OPERATORS__PORT: String(operators),
    })
    const found = await shell.match(ADDRESS, limits.startMs)
    if (found && (await answers(found))) {
      started = { block, shell, ports: { 3000: Number(found[2]), 3001: operators } }
      return
    }
    shell.kill()
    await shell.silent
    complain(
      block,
      found ? `does not answer at ${found[0]}` : 'prints no address of its own',
      shell,
    )
  }

  async function stop(): Promise<void> {
    if (!started) return
    const { block, shell } = started
    started = undefined
    const code = await within(250, shell.ended)
    if (code !== undefined) complain(block, `ended by itself, with ${code}`, shell)
    shell.terminate()
    if (await within(limits.stopMs, shell.silent)) return
    complain(block, 'does not end on SIGTERM', shell)
    shell.kill()
    await shell.silent
  }

  try {
    for (const block of blocks) {
      if (block.check === 'run') await run(block)
      else {
        await stop()
        await start(block)
      }
    }
  } finally {
    await stop()
  }
  return problems
}

function withPorts(script: string, ports: Readonly<Record<string, number>>): string {
  return script.replace(
    /\b(localhost|127\.0\.0\.1):(\d+)\b/g,
    (_, host: string, port: string) => `${host}:${ports[port] ?? port}`,
  )
}

function lastLines(text: string): string[] {
  return text.trim().split('\n').slice(-20)
}
