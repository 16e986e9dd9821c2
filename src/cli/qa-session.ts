// `coatcheck qa session NAME`: a real session for a persona, from the running gateway, in the shape that a test takes it in.
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { whyUnwritable } from '../config/file-errors.ts'
import { benchStates } from '../qa/sessions-states.ts'
import { isJsonObject } from '../tokens/json.ts'
import { type CommandIo, EXIT } from './io.ts'
import { findGateway, type GatewayFlags, gatewayFlags } from './qa-gateway.ts'

export interface SessionFlags extends GatewayFlags {
  readonly state: string
  readonly host?: string
  readonly storageState?: string
  readonly cookieJar?: string
  readonly json?: boolean
}

/** What `POST /qa/sessions` answers, as far as it is shown here. */
interface MadeSession {
  readonly session: { readonly ref: string }
  readonly storageState: object
  readonly cookieJar: string
  readonly curl: string
}

export function register(qa: Command, io: CommandIo): void {
  const command = qa
    .command('session')
    .description('a real session for a persona of the running gateway, as a line for curl')
    .argument('<persona>', 'a name under qa.personas')
    .addOption(
      new Option('--state <state>', `what it is put into: ${benchStates.join(', ')}`).default(
        'fresh',
      ),
    )
    .option('--host <host>', "host the cookie is for (the publicOrigin's)")
    .option('--storage-state <file>', "write it for Playwright's storageState")
    .option('--cookie-jar <file>', 'write it as a cookie jar for curl (Netscape format)')
    .option('--json', 'print everything the gateway answered')
  gatewayFlags(command).action((persona: string, flags: SessionFlags) =>
    session(persona, flags, io),
  )
}

async function session(persona: string, flags: SessionFlags, io: CommandIo): Promise<void> {
  const refuse = (why: string, code: number = EXIT.failed) => {
    io.stderr(`${why}\n`)
    io.exit(code)
  }
  const found = await findGateway(flags, io)
  if (!found) return
  const { state, host } = flags
  const fields = { persona, state, ...(host === undefined ? {} : { host }) }
  const made = await found.bench.post('/qa/sessions', fields, isMadeSession)
  if (!made.ok) return refuse(made.why, made.asked ? EXIT.config : EXIT.failed)
  const { storageState, cookieJar, curl, session } = made.body
  const files = [
    [flags.storageState, `${JSON.stringify(storageState, null, 2)}\n`],
    [flags.cookieJar, cookieJar],
  ] as const
  for (const [name, text] of files) {
    if (name === undefined) continue
    try {
      await writeForOwner(resolve(io.cwd, name), text)
    } catch (error) {
      return refuse(`${name} cannot be written: ${whyUnwritable(error, name)}.`)
    }
    io.stdout(`${persona} ${session.ref}, ${state}: ${name}\n`)
  }
  if (flags.json) io.stdout(`${JSON.stringify(made.body, null, 2)}\n`)
  else if (files.every(([name]) => name === undefined)) io.stdout(`${curl}\n`)
}

function isMadeSession(body: unknown): body is MadeSession {
  if (!isJsonObject(body) || !isJsonObject(body.session)) return false
  const { session, storageState, cookieJar, curl } = body
  const texts = [session.ref, cookieJar, curl]
  return isJsonObject(storageState) && texts.every((one) => typeof one === 'string')
}

/** Whoever reads it is that persona, so it is the owner's alone, whatever it was before. */
async function writeForOwner(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  if ((await file.stat()).isFile()) await file.chmod(0o600)
  await file.writeFile(text)
}
