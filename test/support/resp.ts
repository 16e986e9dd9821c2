// Where one message of the Redis protocol ends (RESP2 and RESP3), whatever is in it. Its bytes stay as they are.

/** The place behind the message that begins at `from`; -1 while it is not there whole. Throws on what is no message. */
export function endOfMessage(bytes: Buffer, from = 0): number {
  const line = bytes.indexOf('\r\n', from)
  if (line < 0) return -1
  const type = String.fromCharCode(bytes[from] ?? 0)
  const next = line + 2
  if ('+-:_,#('.includes(type)) return next
  const count = Number(bytes.toString('latin1', from + 1, line))
  if (!Number.isInteger(count)) throw new Error(`no RESP: ${type}`)
  if ('$!='.includes(type)) {
    const end = count < 0 ? next : next + count + 2
    return end <= bytes.length ? end : -1
  }
  if (!'*~>%|'.includes(type)) throw new Error(`no RESP: ${type}`)
  // Pairs count twice; an attribute stands in front of what it is about.
  const items = count < 0 ? 0 : '%|'.includes(type) ? count * 2 : count
  let end = next
  for (let item = 0; item < items + (type === '|' ? 1 : 0); item++) {
    end = endOfMessage(bytes, end)
    if (end < 0) return -1
  }
  return end
}

/** Everything that is there whole, and the rest. */
export function splitMessages(bytes: Buffer): { messages: Buffer[]; rest: Buffer } {
  const messages: Buffer[] = []
  let from = 0
  while (from < bytes.length) {
    const end = endOfMessage(bytes, from)
    if (end < 0) break
    messages.push(bytes.subarray(from, end))
    from = end
  }
  return { messages, rest: bytes.subarray(from) }
}

/** What a server sends of its own accord, in answer to nothing. */
export function isPush(message: Buffer): boolean {
  return message[0] === '>'.charCodeAt(0)
}

/** A command's name in lower case. */
export function nameOf(command: Buffer): string {
  const [, , name = ''] = command.toString('latin1', 0, 64).split('\r\n')
  return name.toLowerCase()
}
