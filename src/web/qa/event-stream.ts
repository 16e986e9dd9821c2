// Server-sent events out of a stream of bytes (HTML Living Standard, 9.2.6), as far as the bench sends them. `EventSource`
// could not bring a token.

/** The data of each event, as it comes; ends with the stream. */
export async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = body.pipeThrough(new TextDecoderStream() as TextDecoding).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = block
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trimStart())
        if (data.length > 0) yield JSON.parse(data.join('\n'))
      }
    }
  } finally {
    reader.releaseLock()
  }
}

type TextDecoding = ReadableWritablePair<string, Uint8Array>
