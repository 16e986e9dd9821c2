// Finds the OpenAPI or Swagger description of a service, in JSON or YAML, and reads it.
import { parseYaml } from '../../config/positions.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { Facts } from './found.ts'
import { basesOf, openApiFacts } from './open-api.ts'
import { isGood, type Look } from './probe-look.ts'
import { descriptionPaths } from './probe-paths.ts'

/** What the first description that is there says; where its servers leave a doubt, the paths that exist. */
export async function describedIn({ origin, base, ask }: Look): Promise<Facts> {
  for (const name of descriptionPaths) {
    const answer = await ask('GET', name, 'application/json, application/yaml, */*;q=0.5')
    const document = isGood(answer) ? readDescription(answer.body) : undefined
    if (document === undefined) continue
    const within = (path: string) =>
      `${path}/`.startsWith(`${base}/`) ? path.slice(base.length) : path
    const bases = new Set(basesOf(document, origin).map(within))
    const all = [...bases].map((one) => openApiFacts(document, { name, origin, base: one }))
    for (const facts of all) {
      const { signIn, whoami } = facts
      const tried = signIn
        ? await ask('POST', signIn.path)
        : whoami && (await ask('GET', whoami.path))
      if (tried?.kind === 'answer' && ![404, 405].includes(tried.status)) return facts
    }
    return all[0] ?? {}
  }
  return {}
}

/** A description in JSON or YAML; `undefined` for anything else. */
export function readDescription(text: string): unknown {
  const document = /^\s*\{/.test(text) ? readJson(text) : fromYaml(text)
  const isOne = ['/openapi', '/swagger'].some((key) => valueAt(document, key) !== undefined)
  return isOne && isJsonObject(valueAt(document, '/paths')) ? document : undefined
}

function fromYaml(text: string): unknown {
  if (!/^['"]?(openapi|swagger)['"]?\s*:/m.test(text)) return undefined
  const parsed = parseYaml(text)
  return parsed.ok ? parsed.yaml.value : undefined
}
