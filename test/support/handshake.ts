// The two ways to ask for a path, for checks that hold for both.

/** A browser's handshake for a WebSocket; from our own pages, for whoever asks that. */
export const HANDSHAKE =
  'Origin: http://localhost:3000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** A name, and the header lines that make a request one. */
export const WAYS = [
  ['request', ''],
  ['WebSocket', HANDSHAKE],
] as const
