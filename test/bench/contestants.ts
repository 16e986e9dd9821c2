// Who takes part, and how its users prove who they are.
import { findCommand } from './machine.ts'

export interface Contestant {
  readonly name: string
  /** What stands between the load and the upstream. */
  readonly title: string
  /** File under contestants/; undefined: nothing stands in between. */
  readonly file: string | undefined
  readonly settings?: Readonly<Record<string, unknown>>
  /** Where people sign in for a cookie; undefined: they carry their upstream's token themselves. */
  readonly signIn: string | undefined
  /** A command without which it does not take part. */
  readonly needs?: string
}

export const contestants: readonly Contestant[] = [
  { name: 'direct', title: 'no gateway', file: undefined, signIn: undefined },
  {
    name: 'bare',
    title: '@fastify/http-proxy, no session',
    file: 'bare.ts',
    signIn: undefined,
  },
  {
    name: 'coatcheck',
    title: 'Coatcheck on SQLite',
    file: 'coatcheck.ts',
    settings: { access: false },
    signIn: '/auth/login',
  },
  {
    name: 'coatcheck+log',
    title: 'Coatcheck on SQLite, access log',
    file: 'coatcheck.ts',
    settings: { access: true },
    signIn: '/auth/login',
  },
  {
    name: 'coatcheck+record',
    title: 'Coatcheck on SQLite, recording',
    file: 'coatcheck.ts',
    settings: { access: false, record: true },
    signIn: '/auth/login',
  },
  {
    name: 'coatcheck+redis',
    title: 'Coatcheck on Redis',
    file: 'coatcheck.ts',
    settings: { redis: true },
    signIn: '/auth/login',
    needs: 'redis-server',
  },
  {
    name: 'coatcheck+redis-cold',
    title: 'Coatcheck on Redis, nothing remembered',
    file: 'coatcheck.ts',
    settings: { redis: true, near: 0 },
    signIn: '/auth/login',
    needs: 'redis-server',
  },
  {
    name: 'express',
    title: 'express, express-session, http-proxy-middleware',
    file: 'express.ts',
    signIn: '/login',
  },
  {
    name: 'node-undici',
    title: 'node:http + undici, no session',
    file: 'node-undici.ts',
    signIn: undefined,
  },
  {
    name: 'nginx',
    title: 'nginx, no session',
    file: 'nginx.ts',
    signIn: undefined,
    needs: 'nginx',
  },
]

/** Those of `names` (all, where undefined) that can take part here, and one line for each that cannot. */
export function chooseContestants(names: readonly string[] | undefined) {
  const unknown = names?.find((name) => !contestants.some((one) => one.name === name))
  if (unknown !== undefined) {
    throw new Error(
      `no contestant ${unknown}; there are ${contestants.map((c) => c.name).join(', ')}`,
    )
  }
  const wanted = contestants.filter((one) => names?.includes(one.name) ?? true)
  const absent = wanted.filter(({ needs }) => needs !== undefined && !findCommand(needs))
  return {
    taking: wanted.filter((one) => !absent.includes(one)),
    warnings: absent.map((one) => `${one.name} does not take part: ${one.needs} is not installed`),
  }
}
