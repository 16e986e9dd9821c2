// Finds where an HTTP/1.1 request ends in a run of bytes (RFC 9112, 6.3). Pure.

/** Length in bytes of the first head in `bytes`, its empty line included; undefined while it is incomplete. */
export function headLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  return end < 0 ? undefined : end + 4
}

/** Length in bytes of the first whole request in `bytes`; undefined while it is incomplete. */
export function requestLength(bytes: Buffer): number | undefined {
  const head = headLength(bytes)
  if (head === undefined) return undefined
  const fields = bytes.toString('latin1', 0, head)
  if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(fields)) return chunkedEnd(bytes, head)
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(fields)?.[1] ?? '0'
  const end = head + Number(length)
  return bytes.length >= end ? end : undefined
}

function chunkedEnd(bytes: Buffer, start: number): number | undefined {
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) return trailersEnd(bytes, lineEnd)
    at = lineEnd + 2 + size + 2
    if (!(at <= bytes.length)) return undefined
  }
}

function trailersEnd(bytes: Buffer, lastChunkLineEnd: number): number | undefined {
  const end = bytes.indexOf('\r\n\r\n', lastChunkLineEnd)
  return end < 0 ? undefined : end + 4
}
