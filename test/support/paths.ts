// Request targets that try to be read differently by whoever looks at them, from a seed; and what a
// second, independent look says about where a target leads.

export interface PathGrammar {
  /** Prefixes and exact paths to start from, `/` included. */
  readonly starts: readonly string[]
  /** `host:port` that must never be reached. */
  readonly canary: string
}

/** 0 ≤ n < 1, the same sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const WORDS = ['a', 'users', 'v1', 'deep', 'admin', 'index.html', 'x-y_z~1', '...', '.a', 'a.', '1']

const ODD = [
  '.',
  '..',
  '%2e%2e',
  '%2E.',
  '.%2e',
  '%252e%252e',
  '%25252e',
  '..%2f',
  '%2f..',
  '..%5c',
  '\\..\\',
  '..\\',
  '%5c..%5c',
  '..;',
  '..;a=b',
  '%2e%2e%3b',
  '.;',
  ';',
  ';a=b',
  'a;b',
  '',
  '%2f',
  '%2F%2f',
  '%5c',
  '\\',
  'a%2fb',
  '%3f',
  '%3Fa',
  '%23',
  '#',
  '#/..',
  '%00',
  '..%00',
  '%2e%2e%00',
  '%c0%ae%c0%ae',
  '%c0%af',
  '%e0%80%af',
  '%f0%80%80%af',
  '%e2%82%ac',
  '%E9',
  '%ff',
  '%ed%a0%80',
  '%ef%bc%8f',
  '%',
  '%2',
  '%zz',
  '%u002e',
  '%20',
  '+',
  '%2B',
  '@',
  ':',
  '*',
  "'",
  '"',
  '<',
  '|',
  '^',
  '`',
  '{}',
  '[]',
  '(',
  '!$&,=',
  '%0d%0a',
  '%09',
  '%0aSet-Cookie:x',
  '__proto__',
  'constructor',
  ':id',
  '%3aid',
]

const RAW = ['\x00', '\x01', '\t', '\f', '\x7f', ' a', '\xe9', '\xff', '\xc0\xae', '\xe2\x82\xac']

const QUERIES = ['?', '?a=b', '?x=/api', '?/../..', '?a?b', '??', '?%', '?%00', '?..%2f', '?a=//b']

/** The `count` targets of `seed`. */
export function targets(grammar: PathGrammar, seed: number, count: number): string[] {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const chance = (probability: number) => random() < probability
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T

  const percent = (char: string) => {
    const hex = char.charCodeAt(0).toString(16).padStart(2, '0')
    return `%${chance(0.5) ? hex : hex.toUpperCase()}`
  }

  const start = () => {
    const path = pick(grammar.starts)
    if (chance(0.6)) return path
    const often = pick([0.1, 0.3, 1])
    return [...path].map((char) => disguise(char, often)).join('')
  }
  const disguise = (char: string, often: number) => {
    if (!chance(often)) return char
    if (char === '/') return pick(['/', '/', '//', '%2f', '\\', '/./', '/%2e/'])
    return pick([percent, percent, (one: string) => percent('%') + percent(one).slice(1), upper])(
      char,
    )
  }
  const upper = (char: string) => char.toUpperCase()

  const segment = () => {
    const kind = random()
    if (kind < 0.45) return pick(WORDS)
    if (kind < 0.95) return pick(ODD)
    if (kind < 0.965) return pick(WORDS).repeat(1 + below(400))
    if (kind < 0.985) return pick(ODD).repeat(1 + below(5))
    return pick([grammar.canary, `@${grammar.canary}`, `http:%2f%2f${grammar.canary}`])
  }

  const plain = () =>
    `${pick(grammar.starts).replace(/\/$/, '')}${`/${pick(WORDS)}`.repeat(below(5))}`

  const whole = () => {
    if (chance(0.2)) return `${plain() || '/'}${chance(0.3) ? pick(QUERIES) : ''}`
    let path = start()
    for (let left = below(5); left > 0; left--) path += `/${segment()}`
    if (chance(0.25)) path += pick(QUERIES)
    if (chance(0.15)) path = mutate(path)
    if (chance(0.02)) path = pick(['http://', 'https://', '//', 'x:', '']) + grammar.canary + path
    if (chance(0.01)) path = insert(path, pick(RAW))
    return path
  }
  const insert = (path: string, what: string) => {
    const at = 1 + below(path.length)
    return path.slice(0, at) + what + path.slice(at)
  }
  const mutate = (path: string) => {
    const at = 1 + below(path.length)
    return pick([
      () => path.slice(0, at) + path.slice(at + 1),
      () => insert(path, path.slice(at, at + 4)),
      () => insert(path, pick(ODD)),
      () => path.slice(0, at) + percent(path[at] ?? '/') + path.slice(at + 1),
      () => path.replaceAll('/', '//'),
      () => path.replaceAll('%', '%25'),
    ])()
  }

  return Array.from({ length: count }, whole)
}

/** Whether the target may end its connection, being none (RFC 9112, 3.2). */
export function breaksTheLine(target: string): boolean {
  return !/^[\x21-\x7e]+$/.test(target) || !target.startsWith('/')
}

/** `rest`: what follows the matched part, as it came. */
export interface Match<T> {
  readonly route: T
  readonly rest: string
}

export interface Place {
  readonly kind: 'path' | 'prefix'
  /** `/` or a path without a slash at its end. */
  readonly at: string
}

/**
 * The longest place a target belongs to, by decoded characters, exact ones first; `%2f` stays a character of its
 * segment. Decodes for itself, so that it can disagree.
 */
export function matchOf<T extends Place>(
  target: string,
  places: readonly T[],
): Match<T> | undefined {
  const path = /^[^?#]*/.exec(target)?.[0] ?? ''
  const found = places.flatMap((route) => {
    const length = lengthOf(path, route.at === '/' ? '' : route.at)
    if (length === undefined) return []
    const rest = path.slice(length)
    const fits = rest === '' || (route.kind === 'prefix' && rest.startsWith('/'))
    return fits ? [{ route, rest: target.slice(length) }] : []
  })
  const rank = ({ kind, at }: Place) => (kind === 'path' ? Number.POSITIVE_INFINITY : at.length)
  return found.sort((a, b) => rank(b.route) - rank(a.route))[0]
}

/** How many characters of `path` spell `decoded`. */
function lengthOf(path: string, decoded: string): number | undefined {
  let at = 0
  for (const char of decoded) {
    const escaped = /^%[2-7][0-9a-f]/i.exec(path.slice(at, at + 3))?.[0]
    const spelled = escaped && String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    if (path[at] === char) at += 1
    else if (escaped !== undefined && spelled === char && char !== '/') at += 3
    else return undefined
  }
  return at
}

/** Whether nobody could take `target` to lead out of `base`: by its bytes, by WHATWG URL, and decoded by an upstream. */
export function staysInside(target: string, base: string): boolean {
  const path = /^[^?#]*/.exec(target)?.[0] ?? ''
  const resolved = new URL(`http://upstream.invalid${path.startsWith('/') ? '' : '/'}${path}`)
  const decoded = decodeURIComponent(path)
  return (
    resolved.host === 'upstream.invalid' &&
    [
      path,
      resolved.pathname,
      resolve(decoded),
      resolve(decoded.replaceAll('\\', '/')),
      careless(decoded),
    ].every((seen) => base === '' || seen === base || seen.startsWith(`${base}/`)) &&
    !(base === '' && /^[/\\]{2}/.test(path))
  )
}

/** As servers do that drop path parameters, or stop at a NUL. */
function careless(decoded: string): string {
  const cut = decoded.replaceAll('\\', '/').split('\0', 1)[0] ?? ''
  return resolve(cut.replace(/;[^/]*/g, ''))
}

/** Dot segments removed (RFC 3986, 5.2.4). */
function resolve(path: string): string {
  const out: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') out.pop()
    else if (segment !== '.') out.push(segment)
  }
  return `/${out.join('/')}`
}
