// Runs the leak finder as a test needs it: against a gateway of its own, or any other target.
import { type LoadTargetOptions, loadTarget } from '../../src/qa/leaks/load-target.ts'
import { type LeaksOptions, runLeaks } from '../../src/qa/leaks/run-leaks.ts'
import type { Target } from '../../src/qa/leaks/target.ts'
import type { Run } from '../../src/qa/run.ts'
import { openFolder } from './folder.ts'
import type { TestGateway } from './gateway.ts'

/** Names that occur nowhere else. */
export const crowd: readonly string[] = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']

/** The target that a target file comes to; throws what is wrong with it. */
export async function targetFrom(
  yaml: string,
  options: Partial<LoadTargetOptions> = {},
): Promise<Target> {
  await using folder = await openFolder({ 'target.yaml': yaml })
  const loaded = await loadTarget({ file: 'target.yaml', cwd: folder.path, env: {}, ...options })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.target
}

/** Against a gateway before an upstream of `startUpstream`. */
export async function leaksOf(
  gateway: Pick<TestGateway, 'url' | 'host'>,
  changes: Partial<Target> = {},
  more: Pick<LeaksOptions, 'clock' | 'onProgress'> = {},
): Promise<Run> {
  const target = await targetFrom(`
target: ${gateway.url}
headers: { host: "${gateway.host}" }
signIn: { post: /auth/login, json: { username: "{name}", password: "{password}" } }
signOut: { post: /auth/logout }
whoami: { get: /api/user, owner: /username }
users: [${crowd.map((name) => `{ name: ${name}, password: "the-password-of-${name}" }`).join(', ')}]
`)
  return runLeaks({ target: { ...target, ...changes }, ...more })
}
