// What one pass over a request's headers finds: what may go up, and what the gateway itself goes by. Pure.
import { goesUp, isHandshakeName, namesIn, removeNamed } from './headers.ts'

/** What one pass over a request's headers finds. */
export interface RequestHead {
  /** Names and values in turn, as received: what may go up. */
  readonly forwarded: string[]
  /** How many entries of `forwarded` were received; what stands behind them was added (upward.ts). */
  received: number
  host: string | undefined
  cookie: string | undefined
  origin: string | undefined
  site: string | undefined
  mode: string | undefined
  dest: string | undefined
  csrf: string | undefined
  via: string | undefined
  /** X-Coatcheck-Session: the ref of the session that the page was made for. */
  expectedRef: string | undefined
  /** X-Coatcheck-Passive: 1, a request that nobody's hand made. */
  passive: boolean
  forwardedFor: string | undefined
  /** Undefined when absent, NaN when it is not a plain number. */
  contentLength: number | undefined
  chunked: boolean
}

// Which headers are for the gateway to read, by lower-case name; the spelling browsers use is looked up without a copy.
const READ: Record<string, (head: RequestHead, value: string) => void> = {
  // Sent twice, neither can be believed: joined, they match nothing.
  host: (head, value) => {
    head.host = join(head.host, value)
  },
  // A header sent twice must not hide the second (RFC 9113, 8.2.3 has them joined like this).
  cookie: (head, value) => {
    head.cookie = head.cookie === undefined ? value : `${head.cookie}; ${value}`
  },
  origin: (head, value) => {
    head.origin = join(head.origin, value)
  },
  'sec-fetch-site': (head, value) => {
    head.site = join(head.site, value)
  },
  'sec-fetch-mode': (head, value) => {
    head.mode = join(head.mode, value)
  },
  'sec-fetch-dest': (head, value) => {
    head.dest = join(head.dest, value)
  },
  'x-csrf': (head, value) => {
    head.csrf = join(head.csrf, value)
  },
  via: (head, value) => {
    head.via = join(head.via, value)
  },
  'x-coatcheck-session': (head, value) => {
    head.expectedRef = join(head.expectedRef, value)
  },
  'x-coatcheck-passive': (head, value) => {
    head.passive = value === '1'
  },
  'x-forwarded-for': (head, value) => {
    head.forwardedFor = join(head.forwardedFor, value)
  },
  'content-length': (head, value) => {
    head.contentLength = /^\d+$/.test(value) ? Number(value) : Number.NaN
  },
  'transfer-encoding': (head) => {
    head.chunked = true
  },
}

function join(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

interface NameRule {
  readonly up: boolean
  readonly read: ((head: RequestHead, value: string) => void) | undefined
}

/** Names that requests carry most, so that their rule is found without normalising; any other name is worked out. */
const COMMON: ReadonlyMap<string, NameRule> = new Map(
  [
    ...Object.keys(READ),
    'authorization',
    'connection',
    'accept',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'content-type',
    'dnt',
    'if-modified-since',
    'if-none-match',
    'pragma',
    'priority',
    'range',
    'referer',
    'sec-ch-ua',
    'sec-ch-ua-mobile',
    'sec-ch-ua-platform',
    'sec-fetch-user',
    'upgrade-insecure-requests',
    'user-agent',
    'x-requested-with',
  ].flatMap((name) => {
    const titled = name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
    return [
      [name, ruleOf(name)],
      [titled, ruleOf(name)],
    ] as const
  }),
)

function ruleOf(name: string): NameRule {
  const lower = name.toLowerCase()
  return { up: goesUp(name), read: Object.hasOwn(READ, lower) ? READ[lower] : undefined }
}

/**
 * `raw`: names and values in turn, as received; `webSocket`: it is a handshake. Never fails: what is odd is judged by
 * whoever uses it.
 */
export function readRequestHead(raw: readonly string[], webSocket = false): RequestHead {
  const head: RequestHead = {
    forwarded: [],
    received: 0,
    host: undefined,
    cookie: undefined,
    origin: undefined,
    site: undefined,
    mode: undefined,
    dest: undefined,
    csrf: undefined,
    via: undefined,
    expectedRef: undefined,
    passive: false,
    forwardedFor: undefined,
    contentLength: undefined,
    chunked: false,
  }
  let listed: Set<string> | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const rule = COMMON.get(name) ?? ruleOf(name)
    rule.read?.(head, value)
    if (rule.up) {
      if (!webSocket || !isHandshakeName(name)) head.forwarded.push(name, value)
    } else if (name.length === 10 && name.toLowerCase() === 'connection') {
      listed = namesIn(value, listed)
    }
  }
  if (listed) removeNamed(head.forwarded, listed)
  head.received = head.forwarded.length
  return head
}
