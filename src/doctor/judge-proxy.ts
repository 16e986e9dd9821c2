// Does what browsers see lead here, and do as many proxies stand in front as `trustProxy` believes?
import { type Finding, findingsOf } from './finding.ts'
import { certificateWords } from './judge-upstream.ts'

export interface ProxyFacts {
  readonly publicOrigin: string
  readonly trustProxy: number
  readonly seen:
    | { readonly kind: 'nobody'; readonly why: string }
    /** Something answers, and it is no gateway. */
    | { readonly kind: 'stranger'; readonly status: number }
    /** A gateway that says it does not serve this host. */
    | { readonly kind: 'other_host' }
    /** A gateway, and not one with our keys. */
    | { readonly kind: 'other_keys' }
    /** Entries of X-Forwarded-For that reached it. */
    | { readonly kind: 'ours'; readonly hops: number }
  /** Of what answered; negative once it is over. */
  readonly daysLeft: number | undefined
}

export function judgeProxy({ publicOrigin, trustProxy, seen, daysLeft }: ProxyFacts): Finding[] {
  const found = judgeSeen(publicOrigin, trustProxy, seen)
  const { warning } = findingsOf('proxy')
  const ending = daysLeft === undefined ? undefined : certificateWords(daysLeft)
  return ending === undefined ? [found] : [found, warning(`${publicOrigin} ${ending}`)]
}

function judgeSeen(origin: string, trustProxy: number, seen: ProxyFacts['seen']): Finding {
  const { ok, warning, problem, unjudged } = findingsOf('proxy')
  const isEncrypted = origin.startsWith('https:')
  switch (seen.kind) {
    case 'nobody':
      if (isEncrypted && trustProxy === 0) {
        return warning(
          `https ends in a proxy in front, and trustProxy is 0, so limits on sign-ins see it as one client: set trustProxy to 1`,
        )
      }
      return unjudged(
        `${origin} ${seen.why} from here: run this again while the gateway runs, where browsers could be`,
      )
    case 'stranger':
      return problem(
        `${origin}/auth/health answers ${seen.status}, which is no Coatcheck: lead the proxy in front to this gateway, or mend publicOrigin`,
      )
    case 'other_host':
      return problem(
        `the proxy at ${origin} sends another Host than its own, and requests are answered 421: let it pass on Host`,
      )
    case 'other_keys':
      return unjudged(
        `the gateway at ${origin} does not know these cookie keys: run this with the configuration it runs on, or update it`,
      )
  }
  const { hops } = seen
  if (hops === trustProxy) return ok(`${origin} leads here, through ${proxies(hops)}`)
  if (hops > trustProxy) {
    return problem(
      `requests to ${origin} come through ${proxies(hops)} and trustProxy is ${trustProxy}, so limits on sign-ins see a proxy in place of people: set trustProxy to ${hops}`,
    )
  }
  return warning(
    `requests to ${origin} come through ${proxies(hops)} from here and trustProxy is ${trustProxy}, so people could make up their address: set trustProxy to ${hops}, or let the proxy append to X-Forwarded-For`,
  )
}

function proxies(count: number): string {
  if (count === 0) return 'no proxy'
  return count === 1 ? '1 proxy' : `${count} proxies`
}
