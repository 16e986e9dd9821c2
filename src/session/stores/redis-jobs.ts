// Jobs in Redis: those of one queue are together in one slot, so that a claim is one script.
import type { ClaimedJob, NewJob } from '../store.ts'
import { digits } from './redis-record.ts'
import type { Run } from './redis-run.ts'
import { keepMs, script } from './redis-script.ts'

/**
 * KEYS: jobs by id · places of those to be claimed, by dueAt · places of those claimed, by the claim's end · a counter.
 * A place is the order of arrival with the id. A job, counted from 1: 1 dueAt · 16 endsAt · 31 hiddenUntil ·
 * 46 order of arrival · 61 attempts · 67 claim (22, blanks for none) · 89 payload.
 */
const TOOLS = `
local jobs, due, claimed = KEYS[1], KEYS[2], KEYS[3]
local function order(job) return string.sub(job, 46, 60) end
local function remove(id, job)
  redis.call('HDEL', jobs, id)
  redis.call('ZREM', due, order(job) .. id)
  redis.call('ZREM', claimed, order(job) .. id)
end
local function gone(job, now) return math.max(num(job, 16, 30), num(job, 31, 45)) <= tonumber(now) end
local function held(id, claim, now)
  local job = redis.call('HGET', jobs, id)
  return job and string.sub(job, 67, 88) == claim and not gone(job, now) and job
end
local function keep(ms)
  for _, key in ipairs(KEYS) do
    if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, ms) end
  end
end
`

/** ARGV: id, now, dueAt with endsAt, payload, dueAt, ms to keep. */
const enqueue = script(`${TOOLS}
local old = redis.call('HGET', jobs, ARGV[1])
if old and not gone(old, ARGV[2]) then return 0 end
if old then remove(ARGV[1], old) end
local place = string.format('%015.0f', redis.call('INCR', KEYS[4]))
redis.call('HSET', jobs, ARGV[1], ARGV[3] .. string.rep('0', 15) .. place .. '000000' .. string.rep(' ', 22) .. ARGV[4])
redis.call('ZADD', due, ARGV[5], place .. ARGV[1])
keep(ARGV[6])
return 1`)

/** ARGV: now, claim, hiddenUntil, ms to keep. Answers with the id and the job as it is from here on. */
const claim = script(`${TOOLS}
for _, place in ipairs(redis.call('ZRANGEBYSCORE', claimed, '-inf', ARGV[1], 'LIMIT', 0, 100)) do
  local job = redis.call('HGET', jobs, string.sub(place, 16))
  redis.call('ZREM', claimed, place)
  if job then redis.call('ZADD', due, num(job, 1, 15), place) end
end
while true do
  local place = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
  if not place then return false end
  local id = string.sub(place, 16)
  local job = redis.call('HGET', jobs, id)
  redis.call('ZREM', due, place)
  if job and num(job, 16, 30) > tonumber(ARGV[1]) then
    local attempts = string.format('%06.0f', num(job, 61, 66) + 1)
    job = string.sub(job, 1, 30) .. ARGV[3] .. order(job) .. attempts .. ARGV[2] .. string.sub(job, 89)
    redis.call('HSET', jobs, id, job)
    redis.call('ZADD', claimed, ARGV[3], place)
    keep(ARGV[4])
    return {id, job}
  end
  if job then redis.call('HDEL', jobs, id) end
end`)

/** ARGV: id, claim, now. */
const done = script(`${TOOLS}
local job = held(ARGV[1], ARGV[2], ARGV[3])
if not job then return 0 end
remove(ARGV[1], job)
return 1`)

/** ARGV: id, claim, now, dueAt (15 digits). */
const retry = script(`${TOOLS}
local job = held(ARGV[1], ARGV[2], ARGV[3])
if not job then return 0 end
remove(ARGV[1], job)
redis.call('HSET', jobs, ARGV[1], ARGV[4] .. string.sub(job, 16, 30) .. string.rep('0', 15)
  .. string.sub(job, 46, 66) .. string.rep(' ', 22) .. string.sub(job, 89))
redis.call('ZADD', due, tonumber(ARGV[4]), order(job) .. ARGV[1])
return 1`)

export function createRedisJobs(prefix: string, run: Run) {
  const keysOf = (queue: string) =>
    ['all', 'due', 'claimed', 'count'].map((name) => `${prefix}{jobs:${queue}}:${name}`)
  return {
    async enqueue({ queue, id, payload, dueAt, endsAt }: NewJob, now: number): Promise<boolean> {
      const times = digits(dueAt, 15) + digits(endsAt, 15)
      const args = [id, now, times, Buffer.from(payload), dueAt, keepMs(endsAt, now)]
      return (await run(enqueue, keysOf(queue), args)) === 1
    },

    async claim(
      queue: string,
      proof: string,
      ms: number,
      now: number,
    ): Promise<ClaimedJob | undefined> {
      const args = [now, proof, digits(now + ms, 15), keepMs(now + ms, now)]
      const found = await run(claim, keysOf(queue), args)
      if (!Array.isArray(found)) return undefined
      const [id, job]: unknown[] = found
      if (!Buffer.isBuffer(id) || !Buffer.isBuffer(job)) return undefined
      const number = (from: number, to: number) => Number(job.toString('latin1', from, to))
      return {
        queue,
        id: id.toString(),
        payload: new Uint8Array(job.subarray(88)),
        dueAt: number(0, 15),
        endsAt: number(15, 30),
        attempts: number(60, 66),
        claim: proof,
      }
    },

    async done(job: ClaimedJob, now: number): Promise<boolean> {
      return (await run(done, keysOf(job.queue), [job.id, job.claim, now])) === 1
    },

    async retry(job: ClaimedJob, dueAt: number, now: number): Promise<boolean> {
      const args = [job.id, job.claim, now, digits(dueAt, 15)]
      return (await run(retry, keysOf(job.queue), args)) === 1
    },
  }
}
