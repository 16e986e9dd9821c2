// A script for sh, run to its end, as somebody who copied it would.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What it printed; rejects where it failed. */
export async function runScript(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn('sh', [], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stdin.end(script)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the script ended with ${code}`)
  return printed
}
