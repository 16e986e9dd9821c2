// Goes where browsers go, and asks the gateway there what arrived.
import { createDoctorProof, DOCTOR_HEADER, HOPS_HEADER } from '../http/hops.ts'
import { clockOf } from './examine-upstreams.ts'
import { ask, type Heard } from './gather-http.ts'
import { judgeProxy, type ProxyFacts } from './judge-proxy.ts'
import { whyUnreached } from './judge-upstream.ts'
import { ASK_MS, type Examined, type Part } from './part.ts'

export async function examineProxy({ config, clock }: Examined): Promise<Part> {
  const { publicOrigin, trustProxy, cookie } = config
  const headers = { [DOCTOR_HEADER]: createDoctorProof(cookie.keys, clock).make() }
  const get = (path: string) =>
    ask({ url: new URL(path, publicOrigin), method: 'GET', headers }, ASK_MS, clock)
  const [health, session] = await Promise.all([get('/auth/health'), get('/auth/session')])
  const daysLeft = health.kind === 'answered' ? health.daysLeft : undefined
  const seen = seenIn(health, session)
  const clocked = clockOf(publicOrigin, health)
  // Its own machine's clock proves nothing.
  const isElsewhere = seen.kind !== 'ours' || seen.hops > 0
  return {
    findings: judgeProxy({ publicOrigin, trustProxy, seen, daysLeft }),
    clocks: clocked && isElsewhere ? [clocked] : [],
  }
}

function seenIn(health: Heard, session: Heard): ProxyFacts['seen'] {
  if (health.kind === 'failed') {
    const [why = ''] = whyUnreached(health.code).split(':')
    return { kind: 'nobody', why }
  }
  const { status, headers } = health
  const isSession = session.kind === 'answered' && [200, 421, 503].includes(session.status)
  if ((status !== 204 && status !== 503) || !isSession) return { kind: 'stranger', status }
  if (session.status === 421) return { kind: 'other_host' }
  const hops = headers[HOPS_HEADER]
  return hops === undefined ? { kind: 'other_keys' } : { kind: 'ours', hops: Number(hops) }
}
