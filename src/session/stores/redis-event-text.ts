// A topic and a message as the one text that goes through Redis, and back.

export function eventText(topic: string, message: string): string {
  return `${topic.length}:${topic}${message}`
}

/** `undefined` for what nobody of ours wrote. */
export function readEventText(text: string): { topic: string; message: string } | undefined {
  const length = /^(\d{1,6}):/.exec(text)
  if (!length) return undefined
  const from = length[0].length
  const to = from + Number(length[1])
  return to > text.length ? undefined : { topic: text.slice(from, to), message: text.slice(to) }
}
