// The secrets that a recording has met, and what stands in their place: `{{alice.token}}`. Pure.
import type { OpenSession } from '../../session/session.ts'
import { RUN_LENGTH } from './runs.ts'

export interface SecretBook {
  /** Everything of this session that opens something; `persona` names it. */
  remember(session: OpenSession, persona: string): void
  /** `label`: such as `{{alice.token}}`. Too short a value is nobody's and not remembered. */
  add(value: string, label: string): void
  /** A run of a token's characters with every known secret replaced, wherever it stands in it. */
  replaceIn(run: string): string
  /** The same for secrets of other characters, wherever they stand in a text. */
  replaceOdd(text: string): string
}

/** The oldest are forgotten: what looks like a token is no more readable for it. */
const MOST = 100_000

export function createSecretBook(): SecretBook {
  // By how they begin.
  const known = new Map<string, ReadonlyArray<readonly [value: string, label: string]>>()
  const odd = new Map<string, string>()
  const met = new WeakSet<object>()

  function add(value: string, label: string): void {
    if (value.length < RUN_LENGTH) return
    for (const spelling of new Set([value, encodeURIComponent(value)])) {
      if (!/^[A-Za-z0-9_\-.~+/=%]+$/.test(spelling)) {
        put(odd, spelling, label)
        continue
      }
      const head = spelling.slice(0, RUN_LENGTH)
      const others = (known.get(head) ?? []).filter(([other]) => other !== spelling)
      // The longest first: one secret may be the beginning of another.
      const all = [...others, [spelling, label] as const].sort(([a], [b]) => b.length - a.length)
      put(known, head, all)
    }
  }

  function replaceRun(run: string): string {
    let out = ''
    let from = 0
    for (let at = 0; at + RUN_LENGTH <= run.length; at++) {
      const hit = known
        .get(run.slice(at, at + RUN_LENGTH))
        ?.find(([value]) => run.startsWith(value, at))
      if (!hit) continue
      out += run.slice(from, at) + hit[1]
      from = at + hit[0].length
      at = from - 1
    }
    return from === 0 ? run : out + run.slice(from)
  }

  return {
    add,
    remember(session, persona) {
      if (met.has(session.content)) return
      met.add(session.content)
      add(session.ticket.text, `{{${persona}.cookie}}`)
      for (const { access, refresh, id } of Object.values(session.content.tokens)) {
        add(access, `{{${persona}.token}}`)
        if (refresh !== undefined) add(refresh, `{{${persona}.refresh_token}}`)
        if (id !== undefined) add(id, `{{${persona}.id_token}}`)
      }
    },
    replaceIn: replaceRun,
    replaceOdd(text) {
      let out = text
      for (const [value, label] of odd) if (out.includes(value)) out = out.replaceAll(value, label)
      return out
    },
  }
}

function put<V>(map: Map<string, V>, key: string, value: V): void {
  map.set(key, value)
  if (map.size <= MOST) return
  const oldest = map.keys().next()
  if (!oldest.done) map.delete(oldest.value)
}
