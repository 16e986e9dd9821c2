// Keeps WebSockets alive that are, and finds those that are not: pings where it is silent. One timer for all of them;
// looks are counted, so that a clock that is set closes nobody.
import type { Clock } from '../lib/clock.ts'
import type { End } from './websocket-ends.ts'

export interface Pulsed {
  readonly sides: readonly Side[]
  /** Set by its owner at each message; taken back at each look. */
  moved: boolean
  stillMs: number
  /** This side answers nothing any more. */
  gone(side: Side): void
  /** No message either way for as long as it may. */
  idle(): void
}

export interface Side extends End {
  /** The pulse's own notes. */
  silentMs: number
  bytesRead: number
  bytesTaken: number
}

export interface Pulse {
  add(pulsed: Pulsed): void
  remove(pulsed: Pulsed): void
  close(): void
}

export interface PulseOptions {
  readonly clock: Clock
  /** Silence after which a side is asked for a sign of life; as long again, and it is gone. */
  readonly pingMs: number
  /** Undefined: never. */
  readonly idleMs: number | undefined
}

const LOOK_MS = 1000

export function createPulse({ clock, pingMs, idleMs = Infinity }: PulseOptions): Pulse {
  const lookMs = Math.min(LOOK_MS, pingMs / 2)
  const all = new Set<Pulsed>()

  function look(): void {
    for (const pulsed of all) {
      pulsed.stillMs = pulsed.moved ? 0 : pulsed.stillMs + lookMs
      pulsed.moved = false
      if (pulsed.stillMs >= idleMs) pulsed.idle()
      else for (const side of pulsed.sides) listen(pulsed, side)
    }
    cancel = clock.after(lookMs, look)
  }

  function listen(pulsed: Pulsed, side: Side): void {
    const { ws, socket } = side
    const heard = socket.bytesRead !== side.bytesRead
    side.bytesRead = socket.bytesRead
    const before = side.silentMs
    side.silentMs = heard ? 0 : before + lookMs
    if (before < pingMs && side.silentMs >= pingMs) {
      side.bytesTaken = bytesTaken(socket)
      ws.ping()
    } else if (side.silentMs >= 2 * pingMs) {
      // Its answer waits behind what we do not read yet, or our question behind what it has not taken yet.
      const takes = socket.writableLength > 0 && bytesTaken(socket) !== side.bytesTaken
      if (ws.isPaused || takes) side.silentMs = 0
      else pulsed.gone(side)
    }
  }

  let cancel = clock.after(lookMs, look)
  return {
    add: (pulsed) => void all.add(pulsed),
    remove: (pulsed) => void all.delete(pulsed),
    close: () => cancel(),
  }
}

export function sideOf({ ws, socket }: End): Side {
  return { ws, socket, silentMs: 0, bytesRead: socket.bytesRead, bytesTaken: 0 }
}

/** By the system, of what was written. */
function bytesTaken({ bytesWritten, writableLength }: Side['socket']): number {
  return bytesWritten - writableLength
}
