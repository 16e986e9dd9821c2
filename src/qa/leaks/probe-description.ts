// Finds the OpenAPI or Swagger description of a service, in JSON or YAML, and reads it.
import { parseYaml } from '../../config/positions.ts'
import { createWithin } from '../../lib/within.ts'
import { isJsonObject, readJson } from '../../tokens/json.ts'
import { valueAt } from '../../tokens/pointer.ts'
import type { Facts } from './found.ts'
import { basesOf, type DescriptionPlace, openApiFacts } from './open-api.ts'
import { askedFor, isGood, type Look } from './probe-look.ts'
import { descriptionPaths } from './probe-paths.ts'

/** What the first description that is there says; where its servers leave a doubt, the paths that exist. */
export async function describedIn({ origin, base, ask }: Look): Promise<Facts> {
  const described = (path: string) =>
    ask('GET', path, 'application/json, application/yaml, */*;q=0.5')
  const within = createWithin()
  let unread: string | undefined
  let large = 0
  for await (const [name, answer] of askedFor(descriptionPaths, described)) {
    if (!isGood(answer)) continue
    if (answer.body.length > LARGE && ++large > MOST_LARGE) break
    const read = within(MOST_MS, () => factsIn(answer.body, { name, origin }, base))
    if (
      !read.inTime ||
      (answer.cut && LIKE_ONE.test(answer.body.slice(0, 2_000)) && read.value === undefined)
    )
      unread ??= name
    const all = read.inTime ? read.value : undefined
    if (all === undefined) continue
    for (const facts of all) {
      const { signIn, whoami } = facts
      const tried = signIn
        ? await ask('POST', signIn.path)
        : whoami && (await ask('GET', whoami.path))
      if (tried?.kind === 'answer' && ![404, 405].includes(tried.status)) return facts
    }
    return all[0] ?? {}
  }
  return unread === undefined ? {} : { unread }
}

/** Characters; of a service that answers everything with as much, only the first few are read, each for so long. */
const LARGE = 262_144
const MOST_LARGE = 2
const MOST_MS = 4_000
const LIKE_ONE = /(openapi|swagger)['"]?\s*:/

/** For each place that its paths may be at; `undefined` where it is no description. */
function factsIn(
  text: string,
  place: Pick<DescriptionPlace, 'name' | 'origin'>,
  base: string,
): Facts[] | undefined {
  const document = readDescription(text)
  if (document === undefined) return undefined
  const inside = (path: string) =>
    `${path}/`.startsWith(`${base}/`) ? path.slice(base.length) : path
  const bases = new Set(basesOf(document, place.origin).map(inside))
  return [...bases].map((one) => openApiFacts(document, { ...place, base: one }))
}

/** A description in JSON or YAML; `undefined` for anything else. */
function readDescription(text: string): unknown {
  const document = /^\s*\{/.test(text) ? readJson(text) : fromYaml(text)
  const isOne = ['/openapi', '/swagger'].some((key) => valueAt(document, key) !== undefined)
  return isOne && isJsonObject(valueAt(document, '/paths')) ? document : undefined
}

function fromYaml(text: string): unknown {
  if (!/^['"]?(openapi|swagger)['"]?\s*:/m.test(text)) return undefined
  const parsed = parseYaml(text)
  return parsed.ok ? parsed.yaml.value : undefined
}
