// What each kind of text in a configuration must look like, and the sentence that says so.
import { addressComplaint, originComplaint } from './addresses.ts'
import { DURATION, parseDuration, parseSize, SIZE } from './durations.ts'
import { parseRedisUrl } from './redis-url.ts'

export interface Leaf {
  /** For the option table. */
  readonly word: string
  /** For editors; a leaf without one is checked by `complaint` alone. */
  readonly pattern?: string
  /** Stands in for a faulty value, so that what is around it can be checked too. */
  readonly standIn?: string
  /** What is wrong and how to mend it, without the value; `undefined` when it is fine. */
  complaint(text: string): string | undefined
}

const DAY = 86_400_000
const TOKEN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$"
const PLAIN_PATH = '^/$|^(/[A-Za-z0-9._~-]+)+$'

const STAND_IN = 'https://faulty.invalid'

export const leaves = {
  duration: {
    word: 'duration',
    pattern: DURATION,
    complaint: (text) => durationComplaint(text, 400 * DAY, '400d'),
  },
  timeout: {
    word: 'duration',
    pattern: DURATION,
    complaint: (text) => durationComplaint(text, DAY, '24h'),
  },
  ping: {
    word: 'duration',
    pattern: DURATION,
    complaint: (text) => durationComplaint(text, 50_000, '50s'),
  },
  size: {
    word: 'size',
    pattern: SIZE,
    complaint: (text) =>
      parseSize(text) ? undefined : 'a size is a whole number with its unit: write 64KiB or 10MB',
  },
  origin: { word: 'origin', pattern: '^https?://[^/?#]+$', complaint: originComplaint },
  base: {
    word: 'address',
    pattern: '^https?://[^?#]+$',
    standIn: STAND_IN,
    complaint: (text) => addressComplaint(text, 'refused'),
  },
  address: {
    word: 'address',
    pattern: '^https?://[^#]+$',
    standIn: STAND_IN,
    complaint: (text) => addressComplaint(text, 'allowed'),
  },
  signIn: {
    word: 'path or address',
    complaint: (text) => {
      if (text.startsWith('/')) return plainPathComplaint(text)
      return /^[a-z][a-z0-9+.-]*:/i.test(text)
        ? addressComplaint(text, 'allowed')
        : 'must be a path that begins with /, such as /login, or a whole http(s) address'
    },
  },
  path: { word: 'path', pattern: PLAIN_PATH, complaint: ourPathComplaint },
  page: {
    word: 'path',
    pattern: '^/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*$',
    complaint: (text) =>
      /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)
        ? undefined
        : 'must be a path on our own origin: it starts with one slash',
  },
  pointer: {
    word: 'JSON Pointer',
    pattern: '^(/([^~/]|~[01])*)+$',
    complaint: (text) =>
      /^(\/([^~/]|~[01])*)+$/.test(text)
        ? undefined
        : 'must be a JSON Pointer such as /access_token (RFC 6901)',
  },
  cookieName: {
    word: 'cookie name',
    pattern: TOKEN,
    complaint: (text) =>
      new RegExp(TOKEN).test(text) ? undefined : 'is not a cookie name (RFC 6265)',
  },
  headerName: {
    word: 'header name',
    pattern: TOKEN,
    complaint: (text) =>
      new RegExp(TOKEN).test(text) ? undefined : 'is not a header name (RFC 9110)',
  },
  template: {
    word: 'text with {access}',
    pattern: '^[^{}]*\\{access\\}[^{}]*$',
    complaint: (text) =>
      /^[\x20-\x7a\x7c\x7e]*\{access\}[\x20-\x7a\x7c\x7e]*$/.test(text)
        ? undefined
        : 'must be one line with {access} where the token goes, such as "Bearer {access}"',
  },
  redis: {
    word: 'address',
    pattern: '^(redis|valkey)s?(\\+(sentinel|cluster))?://',
    standIn: 'redis://faulty.invalid',
    complaint(text) {
      const parsed = parseRedisUrl(text)
      return 'complaint' in parsed ? parsed.complaint : undefined
    },
  },
  keyPrefix: {
    word: 'text',
    pattern: '^[A-Za-z0-9:._/-]{1,64}$',
    complaint: (text) =>
      /^[A-Za-z0-9:._/-]{1,64}$/.test(text)
        ? undefined
        : 'may have letters, digits and : . _ / - and at most 64 of them, such as coatcheck:',
  },
  host: {
    word: 'host',
    pattern: '^[A-Za-z0-9.:_-]+$',
    complaint: (text) =>
      /^[A-Za-z0-9.:_-]{1,253}$/.test(text)
        ? undefined
        : 'must be a host name or IP address without scheme or port, such as 127.0.0.1',
  },
  inside: {
    word: 'file',
    complaint: (text) =>
      /^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\\\0]{1,255}$/.test(text)
        ? undefined
        : 'must be a file inside the directory, such as index.html',
  },
} as const satisfies Record<string, Leaf>

export type LeafName = keyof typeof leaves

function durationComplaint(text: string, max: number, most: string): string | undefined {
  const ms = parseDuration(text)
  if (ms === undefined) return 'a duration is a whole number with its unit: write 500ms, 30s or 12h'
  if (ms === 0) return 'must be longer than zero'
  return ms > max ? `must be at most ${most}` : undefined
}

function plainPathComplaint(text: string): string | undefined {
  if (!text.startsWith('/')) return 'must start with a slash'
  if (text.length > 1 && text.endsWith('/')) return 'must not end with a slash'
  if (text.includes('//')) return 'must not contain an empty segment (//)'
  if (/\/\.\.?(\/|$)/.test(text)) return 'must not contain . or .. as a segment'
  if (text.length > 1_024) return 'must be at most 1024 characters'
  return new RegExp(PLAIN_PATH).test(text)
    ? undefined
    : 'may contain only letters, digits and . _ ~ - between its slashes'
}

function ourPathComplaint(text: string): string | undefined {
  const ours = ['/auth', '/qa'].find((own) => text === own || text.startsWith(`${own}/`))
  if (ours !== undefined) return `everything under ${ours} belongs to the gateway itself`
  if (text === '/.well-known/jwks.json') return 'this path belongs to the gateway itself'
  return plainPathComplaint(text)
}
