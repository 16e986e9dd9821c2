// Leases and codes in Redis.
import { digits } from './redis-record.ts'
import type { Run } from './redis-run.ts'
import { keepMs, repeatableScript, SLACK_MS, script } from './redis-script.ts'

/** A value of both begins with the moment it lapses, in 15 digits. */
const taken = `
local function taken(now)
  local head = redis.call('GETRANGE', KEYS[1], 0, 14)
  return head ~= '' and tonumber(head) > tonumber(now)
end`

/** ARGV: now, lapsesAt with the owner, ms to keep. A full Redis takes it: without leases no token is renewed. */
const takeLease = repeatableScript(`${taken}
if taken(ARGV[1]) then return again and redis.call('GET', KEYS[1]) == ARGV[2] and 1 or 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

/** ARGV: now, owner, lapsesAt with the owner, ms to keep. */
const renewLease = repeatableScript(`${taken}
if not taken(ARGV[1]) or redis.call('GETRANGE', KEYS[1], 15, -1) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1`)

/** ARGV: owner. */
const releaseLease = repeatableScript(`
if redis.call('GETRANGE', KEYS[1], 15, -1) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`)

/** ARGV: now, endsAt with the value, ms to keep. */
const putCode = script(`${taken}
if taken(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

/** ARGV: now. */
const takeCode = script(`
local value = redis.call('GET', KEYS[1])
if not value then return false end
redis.call('DEL', KEYS[1])
if num(value, 1, 15) <= tonumber(ARGV[1]) then return false end
return value`)

export function createRedisLocks(prefix: string, run: Run) {
  const leaseKey = (key: string) => `${prefix}lease:${key}`
  const codeKey = (code: string) => `${prefix}code:${code}`
  const lapsing = (at: number, owner: string) => `${digits(at, 15)}${owner}`
  return {
    async lease(key: string, owner: string, ms: number, now: number): Promise<boolean> {
      const args = [now, lapsing(now + ms, owner), Math.ceil(ms) + SLACK_MS]
      return (await run(takeLease, [leaseKey(key)], args)) === 1
    },

    async renew(key: string, owner: string, ms: number, now: number): Promise<boolean> {
      const args = [now, owner, lapsing(now + ms, owner), Math.ceil(ms) + SLACK_MS]
      return (await run(renewLease, [leaseKey(key)], args)) === 1
    },

    async release(key: string, owner: string): Promise<void> {
      await run(releaseLease, [leaseKey(key)], [owner])
    },

    async put(code: string, value: Uint8Array, endsAt: number, now: number): Promise<boolean> {
      const whole = Buffer.concat([Buffer.from(digits(endsAt, 15)), value])
      return (await run(putCode, [codeKey(code)], [now, whole, keepMs(endsAt, now)])) === 1
    },

    async take(code: string, now: number): Promise<Uint8Array | undefined> {
      const value = await run(takeCode, [codeKey(code)], [now])
      return Buffer.isBuffer(value) ? new Uint8Array(value.subarray(15)) : undefined
    },
  }
}
