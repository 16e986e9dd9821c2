// Loads configurations from a directory of their own, with an environment of their own, and cleans up.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../../../src/config/config.ts'
import { type Loaded, type LoadOptions, loadConfig } from '../../../src/config/load.ts'
import { formatProblem } from '../../../src/config/problems.ts'
import { systemRandom } from '../../../src/lib/random.ts'

/** A well-formed key that seals nothing anywhere. */
export const KEY = Buffer.alloc(32, 7).toString('base64url')

/** The three variables that are enough. */
export const THREE = {
  COATCHECK_UPSTREAM: 'https://api.example.org',
  COATCHECK_PUBLIC_ORIGIN: 'https://app.example.org',
  COATCHECK_KEYS: KEY,
} as const

export async function openDirectory(files: Readonly<Record<string, string>> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'coatcheck-config-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return {
    path,
    load: (options: Partial<LoadOptions> = {}): Promise<Loaded> =>
      loadConfig({ env: {}, cwd: path, random: systemRandom, ...options }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Loads `yaml` as `coatcheck.yaml`, on one's own machine; without it, the environment alone. */
export async function load(
  yaml: string | undefined,
  options: Partial<LoadOptions> & { files?: Readonly<Record<string, string>> } = {},
): Promise<Loaded> {
  const { files = {}, ...rest } = options
  const own: Readonly<Record<string, string>> = yaml === undefined ? {} : { 'coatcheck.yaml': yaml }
  await using directory = await openDirectory({ ...own, ...files })
  return await directory.load(rest)
}

/** The Config, or an error that lists the problems. */
export async function accepted(...args: Parameters<typeof load>): Promise<Config> {
  const loaded = await load(...args)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

/** The problems as they are printed; none when the configuration is fine. */
export async function refused(...args: Parameters<typeof load>): Promise<readonly string[]> {
  const loaded = await load(...args)
  return loaded.ok ? [] : loaded.problems.map(formatProblem)
}

/** A whole configuration in which the given parts replace or follow the usual ones. */
export function yamlWith({
  top = '',
  provider = '',
  signIn = '',
  route = '',
  routes = '',
}: Partial<Record<'top' | 'provider' | 'signIn' | 'route' | 'routes', string>> = {}): string {
  return `${top}
providers:
  mentorship:
    kind: password
    signIn: { url: http://localhost:5000/login${signIn === '' ? '' : `, ${signIn}`} }
${indent(provider, 4)}
routes:
  - { prefix: /api, upstream: http://localhost:5000/v1${route === '' ? '' : `, ${route}`} }
${indent(routes, 2)}
`
}

function indent(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(by))
}
