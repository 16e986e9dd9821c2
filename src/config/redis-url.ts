// The address of a Redis as one line: alone, behind sentinels, or a cluster; encrypted or not.
import { Secret } from '../lib/secret.ts'
import type { RedisStoreConfig } from './config.ts'

/** What a URL says; everything else has a setting of its own. */
export type RedisPlace = Pick<
  RedisStoreConfig,
  'mode' | 'nodes' | 'master' | 'username' | 'password' | 'db'
> & { readonly encrypted: boolean }

/** Or one sentence (problem and mend) that quotes nothing of the URL. */
export function parseRedisUrl(text: string): RedisPlace | { readonly complaint: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  const kind = scheme === undefined ? undefined : schemes[scheme]
  if (!kind) return complain(`must be ${FORMS}`)
  const rest = text.slice(text.indexOf('://') + 3)
  const parts = /^(?:(.*)@)?([^/?#@]+)(?:\/([^?#]*))?$/s.exec(rest)
  if (!parts) {
    return complain(
      /[?#]/.test(rest)
        ? 'takes nothing after the database: write what stands after ? as settings of store'
        : `must be ${FORMS}`,
    )
  }
  const [, credentials = '', hosts = '', path = ''] = parts
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind.port))
  if (nodes.includes(undefined)) return complain('has a host or a port that cannot be')
  if (nodes.length > 1 && kind.mode === 'standalone') {
    return complain('names several hosts: write redis+cluster:// or redis+sentinel:// before them')
  }
  const [first = '', second, ...more] = path.split('/')
  const [master, database] = kind.mode === 'sentinel' ? [first, second] : [undefined, first]
  if (more.length > 0 || (kind.mode !== 'sentinel' && second !== undefined)) {
    return complain(`must be ${FORMS}`)
  }
  if (master === '') {
    return complain('lacks the name that the sentinels give their master: write …:26379/name')
  }
  const db = databaseOf(database)
  if (db === undefined) {
    return complain('ends in what is no database: write a number such as /1, or nothing')
  }
  if (kind.mode === 'cluster' && db > 0) {
    return complain('names a database, and a cluster has only one: end it with the port')
  }
  const signIn = credentialsOf(credentials)
  if (!signIn) return complain('has a % in its user or password that is none: write it as %25')
  return {
    mode: kind.mode,
    encrypted: kind.encrypted,
    nodes: nodes.filter((node) => node !== undefined),
    master: master === undefined ? undefined : decode(master),
    db,
    ...signIn,
  }
}

const FORMS =
  'redis:// or rediss:// (encrypted), redis+sentinel://host:26379,host:26379/name, or redis+cluster://host:6379,host:6379'

interface Kind {
  readonly mode: RedisStoreConfig['mode']
  readonly encrypted: boolean
  readonly port: number
}

const schemes: Readonly<Record<string, Kind>> = Object.fromEntries(
  (['redis', 'valkey'] as const).flatMap((name) =>
    [false, true].flatMap((encrypted) => {
      const scheme = `${name}${encrypted ? 's' : ''}`
      return [
        [scheme, { mode: 'standalone', encrypted, port: 6379 }] as const,
        [`${scheme}+sentinel`, { mode: 'sentinel', encrypted, port: 26379 }] as const,
        [`${scheme}+cluster`, { mode: 'cluster', encrypted, port: 6379 }] as const,
      ]
    }),
  ),
)

function complain(complaint: string) {
  return { complaint }
}

function nodeOf(text: string, usual: number): { host: string; port: number } | undefined {
  const parts = /^(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text)
  if (!parts) return undefined
  const [, host = '', port] = parts
  const number = port === undefined ? usual : Number(port)
  return number > 0 && number < 65_536
    ? { host: host.replace(/^\[|\]$/g, ''), port: number }
    : undefined
}

function databaseOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 0
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined
}

function credentialsOf(text: string) {
  const colon = text.indexOf(':')
  const username = decode(colon < 0 ? text : text.slice(0, colon))
  const password = decode(colon < 0 ? '' : text.slice(colon + 1))
  if (username === undefined || password === undefined) return undefined
  return {
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : new Secret(password),
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
