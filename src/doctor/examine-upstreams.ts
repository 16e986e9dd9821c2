// Every upstream once, and every sign-in: are they there, and what time is it there?
import type { PasswordProviderConfig } from '../config/config.ts'
import { signInSetting } from '../tokens/hint.ts'
import type { Finding } from './finding.ts'
import { ask, type Heard } from './gather-http.ts'
import type { ClockReading } from './judge-clock.ts'
import { judgeSignIn, judgeUpstream } from './judge-upstream.ts'
import { ASK_MS, type Examined, type Part } from './part.ts'

interface Place {
  readonly url: URL
  readonly ca: string | undefined
}

/** Of whoever has answered once already. */
const AGAIN_MS = 800

export async function examineUpstreams({ config, clock }: Examined): Promise<Part> {
  const places = new Map<string, Place>()
  for (const { upstream: url, ca } of config.routes) places.set(url.origin, { url, ca })
  // One question for both, where the sign-in is at an upstream.
  for (const { signIn, ca } of config.providers) {
    places.set(signIn.url.origin, { url: signIn.url, ca })
  }
  const heard = new Map<string, Promise<Heard>>(
    [...places].map(([origin, { url, ca }]) => [
      origin,
      ask({ url, ca, method: 'OPTIONS' }, ASK_MS, clock),
    ]),
  )
  async function signInOf(provider: PasswordProviderConfig): Promise<readonly Finding[]> {
    const { signIn, ca } = provider
    const { url } = signIn
    const isAsked = places.get(url.origin)?.url === url
    const first = isAsked ? await heard.get(url.origin) : undefined
    const options = first ?? (await ask({ url, ca, method: 'OPTIONS' }, ASK_MS, clock))
    const statuses = [statusOf(options)]
    if (statuses[0] === 404) {
      statuses.push(statusOf(await ask({ url, ca, method: 'GET' }, AGAIN_MS, clock)))
    }
    const found = judgeSignIn({ setting: signInSetting(provider), statuses })
    return found ? [found] : []
  }
  const signIns = await Promise.all(config.providers.map(signInOf))
  const answers = await Promise.all(
    [...heard].map(async ([place, one]) => [place, await one] as const),
  )
  return {
    findings: [
      ...answers.map(([origin, answer]) => judgeUpstream({ origin, answer })),
      ...signIns.flat(),
    ],
    clocks: answers.flatMap(([place, answer]) => clockOf(place, answer) ?? []),
  }
}

function statusOf(heard: Heard): number | undefined {
  return heard.kind === 'answered' ? heard.status : undefined
}

/** Date counts whole seconds (RFC 9110, 6.6.1). */
export function clockOf(place: string, heard: Heard): ClockReading | undefined {
  if (heard.kind === 'failed') return undefined
  const { headers, sentAt, receivedAt } = heard
  const from = Date.parse(`${headers.date ?? ''}`)
  // What a cache kept tells the time of then.
  if (Number.isNaN(from) || headers.age !== undefined) return undefined
  return { place, sentAt, receivedAt, from, to: from + 999 }
}
