// The scripts that read and change session records and their index. Each works on keys of one slot.
import { repeatableScript, script } from './redis-script.ts'

export const getRecord = repeatableScript(`return redis.call('GET', KEYS[1])`)

/** All but the sealed bytes. */
export const getFacts = repeatableScript(`
local head = redis.call('GETRANGE', KEYS[1], 0, 63)
if head == '' then return false end
if string.sub(head, 3, 3) == 'e' then return redis.call('GET', KEYS[1]) end
return redis.call('GETRANGE', KEYS[1], 0, 63 + num(head, 59, 64))`)

/** ARGV: value, now, ms to keep. Sealed bytes are never the same twice, so an equal value is this call's own. */
export const addRecord = repeatableScript(`
local head = redis.call('GETRANGE', KEYS[1], 0, 63)
if head ~= '' and num(head, 44, 58) > tonumber(ARGV[2]) then
  return again and redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1`)

/**
 * ARGV: value, revision before it, now, ms to keep, channel, message, and `quick` for: only where nothing changes that
 * the index knows, else 2. The first write is one that a full Redis takes, and so it takes the second too: new
 * tokens have no other place to go.
 */
export const replaceRecord = repeatableScript(`
local new = ARGV[1]
local head = redis.call('GETRANGE', KEYS[1], 0, 63)
if not live(head, ARGV[3]) or num(head, 4, 13) ~= tonumber(ARGV[2]) then
  if not again or string.sub(head, 1, 13) ~= string.sub(new, 1, 13) then return 0 end
  return redis.call('GETRANGE', KEYS[1], 43, -1) == string.sub(new, 44) and 1 or 0
end
if ARGV[7] == 'quick' then
  local last = 64 + num(head, 59, 64)
  if string.sub(new, 44, 64) ~= string.sub(head, 44, 64) then return 2 end
  if string.sub(new, 65, last) ~= redis.call('GETRANGE', KEYS[1], 64, last - 1) then return 2 end
end
local seen = later(string.sub(head, 14, 28), string.sub(new, 14, 28))
local idle = later(string.sub(head, 29, 43), string.sub(new, 29, 43))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[1], string.sub(new, 1, 13) .. seen .. idle .. string.sub(new, 44), 'PX', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`)

/** ARGV: seenAt, idleAt (15 digits each), now. In place, so that a full Redis takes it. */
export const touchRecord = repeatableScript(`
local head = redis.call('GETRANGE', KEYS[1], 0, 63)
if not live(head, ARGV[3]) then return 0 end
local seen = later(string.sub(head, 14, 28), ARGV[1])
local idle = later(string.sub(head, 29, 43), ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
redis.call('SETRANGE', KEYS[1], 13, seen .. idle)
return 1`)

/**
 * ARGV: reason, now, the tombstone's longest life, ms to keep beyond its end, channel, message. Answers with the record
 * as it was. What is taken away first makes room for what is written: a full Redis ends sessions too.
 */
export const endRecord = script(`
local old = redis.call('GET', KEYS[1])
if not old or not live(old, ARGV[2]) then return false end
local now = tonumber(ARGV[2])
local ends = math.min(num(old, 44, 58), now + tonumber(ARGV[3]))
local tombstone = 'c1e' .. string.format('%010.0f', num(old, 4, 13) + 1) .. string.sub(old, 14, 43)
  .. string.format('%015.0f', ends) .. string.sub(old, 59, 64 + num(old, 59, 64)) .. ARGV[1]
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], tombstone, 'PX', string.format('%.0f', ends - now + tonumber(ARGV[4])))
redis.call('PUBLISH', ARGV[5], ARGV[6])
return old`)

/**
 * KEYS: members by their end, and, where there is one, by their age. ARGV: member, endsAt, createdAt, moment of which
 * the ended are swept away, ms to keep. An end is never moved back: who writes the record may be slower than who
 * writes the next.
 */
export const addToIndex = repeatableScript(`
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
if KEYS[2] then redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[4], 'LIMIT', 0, 100)
for _, key in ipairs(KEYS) do
  if #gone > 0 then redis.call('ZREM', key, unpack(gone)) end
  if redis.call('PTTL', key) < tonumber(ARGV[5]) then redis.call('PEXPIRE', key, ARGV[5]) end
end
return 1`)

/** ARGV: member. */
export const dropFromIndex = repeatableScript(`
for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end
return 1`)

/** ARGV: now. */
export const countIndex = repeatableScript(
  `return redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[1], '+inf')`,
)

/** ARGV: cursor. Answers with the next cursor, and members each with its score. */
export const scanIndex = repeatableScript(
  `return redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', 200)`,
)

/** ARGV: lowest score, how many. Answers with members each with its score. */
export const pageIndex = repeatableScript(
  `return redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])`,
)

/** ARGV: channel, message. */
export const publishEvent = script(`return redis.call('PUBLISH', ARGV[1], ARGV[2])`)

/** As \`publishEvent\`; answers with the server's clock: seconds, and microseconds of them. */
export const beat = repeatableScript(`
redis.call('PUBLISH', ARGV[1], ARGV[2])
return redis.call('TIME')`)

/** Writes what a full Redis, a replica and one that lost its disk refuse. */
export const tryWrite = repeatableScript(`
redis.call('SET', KEYS[1], '1', 'PX', 60000)
return redis.call('GET', KEYS[1])`)
