// A Dockerfile's steps, done one by one in plain folders: what a container engine does, without images and isolation.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast'

export interface Image {
  /** Where its WORKDIR is. */
  readonly path: string
  readonly env: Readonly<Record<string, string>>
  readonly user: number | undefined
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly command: readonly string[]
  readonly health: readonly string[]
}

export interface Built extends AsyncDisposable {
  /** What the last stage makes. */
  readonly image: Image
}

interface Stage {
  readonly path: string
  readonly env: Record<string, string>
  workdir: string
  user: number | undefined
  volumes: string[]
  ports: string[]
  command: string[]
  health: string[]
}

/** `context`: a folder with what the builder is sent. Rejects with what a failing step printed. */
export async function buildImage(dockerfile: string, context: string): Promise<Built> {
  const root = await mkdtemp(join(tmpdir(), 'coatcheck-image-'))
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    const { workdir: _, ...image } = await buildIn(root, dockerfile, context)
    return { image, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function buildIn(root: string, dockerfile: string, context: string): Promise<Stage> {
  const stages = new Map<string, Stage>()
  let stage: Stage | undefined
  for (const step of DockerfileParser.parse(dockerfile).getInstructions()) {
    const words = step.getArguments().map((word) => word.getValue())
    if (step.getInstruction() === 'FROM') {
      const path = join(root, String(stages.size))
      await mkdir(path)
      stage = { path, env: {}, workdir: '/', user: undefined, ...nothing() }
      stages.set(words[2] ?? String(stages.size), stage)
    } else if (stage) await take(step, words, stage, stages, context)
  }
  if (!stage) throw new Error('a Dockerfile begins with FROM')
  return stage
}

function nothing() {
  return { volumes: [], ports: [], command: [], health: [] }
}

async function take(
  step: Instruction,
  words: readonly string[],
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  context: string,
): Promise<void> {
  switch (step.getInstruction()) {
    case 'WORKDIR':
      stage.workdir = words[0] ?? '/'
      return
    case 'ENV':
      for (const word of words) {
        const [name = '', ...value] = word.split('=')
        stage.env[name] = value.join('=')
      }
      return
    case 'COPY':
      return copy(step as Copy, words, stage, stages, context)
    case 'RUN':
      return run(step.getArgumentsContent() ?? '', stage)
    case 'VOLUME':
      stage.volumes = exec(step)
      return
    case 'EXPOSE':
      stage.ports = [...words]
      return
    case 'USER':
      stage.user = Number(words[0]?.split(':')[0])
      return
    case 'CMD':
      stage.command = exec(step)
      return
    case 'HEALTHCHECK': {
      const text = step.getRawArgumentsContent() ?? ''
      stage.health = JSON.parse(text.slice(text.indexOf('[')))
      return
    }
    default:
      throw new Error(`${step.getInstruction()} is a step that nobody wrote here yet`)
  }
}

/** The one form that needs no shell. */
function exec(step: Instruction): string[] {
  return JSON.parse(step.getArgumentsContent() ?? '')
}

async function copy(
  step: Copy,
  words: readonly string[],
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  context: string,
): Promise<void> {
  const from = step.getFromFlag()?.getValue()
  const other = from === undefined || from === null ? undefined : stages.get(from)
  if (from && !other) throw new Error(`COPY --from=${from}: there is no such stage`)
  const to = join(stage.path, words.at(-1) ?? '.')
  for (const word of words.slice(0, -1)) {
    const source = other ? inside(other, word) : join(context, word)
    const isFolder = (await stat(source)).isDirectory()
    const target = isFolder ? to : join(to, basename(word))
    // Out of a stage nothing is wanted twice, and moving is much quicker.
    if (other) await rename(source, target)
    else await cp(source, target, { recursive: true, verbatimSymlinks: true })
  }
}

function inside({ path, workdir }: Stage, absolute: string): string {
  if (!absolute.startsWith(`${workdir}/`)) throw new Error(`${absolute} is not below ${workdir}`)
  return join(path, absolute.slice(workdir.length))
}

async function run(script: string, { path, env }: Stage): Promise<void> {
  const child = spawn('sh', ['-ec', ownedByUs(script)], {
    cwd: path,
    env: { ...machine(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`RUN ${script} ends with ${code}\n${printed}`)
}

/** Only root may give files away. */
function ownedByUs(script: string): string {
  if (process.getuid?.() === 0) return script
  return script.replace(/chown \d+:\d+/, `chown ${process.getuid?.()}:${process.getgid?.()}`)
}

/** What a machine must know to reach others, npm's registry for one. */
const KEPT = /^(HOME|TMPDIR|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_proxy)$/i

/** The Node that runs this in place of the image's, and what npm keeps from earlier times. */
export function machine(): Record<string, string | undefined> {
  const { PATH = '' } = process.env
  const folders = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name))),
    PATH: [dirname(process.execPath), ...folders].join(delimiter),
    npm_config_prefer_offline: 'true',
  }
}

/** Names at the top of `folder` that the patterns of a .dockerignore let through; nothing but `*` and `!name`. */
export async function contextNames(patterns: string, folder: string): Promise<string[]> {
  const lines = patterns.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  if (lines[0] !== '*') throw new Error('.dockerignore must begin with *: name what is sent')
  const strange = lines.slice(1).find((line) => !/^![\w.-]+$/.test(line))
  if (strange !== undefined) throw new Error(`.dockerignore: ${strange} is not !name`)
  const there = await readdir(folder)
  const missing = lines.slice(1).find((line) => !there.includes(line.slice(1)))
  if (missing !== undefined) throw new Error(`.dockerignore: there is no ${missing.slice(1)}`)
  return lines.slice(1).map((line) => line.slice(1))
}
