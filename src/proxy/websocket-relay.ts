// Two open ends of one WebSocket: messages pass as they are, a slow reader slows the sender, and who leaves takes the
// other along, with the code and reason given.
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../lib/clock.ts'
import type { LiveEnd } from '../live/registry.ts'
import type { End } from './websocket-ends.ts'
import { type Pulse, type Pulsed, type Side, sideOf } from './websocket-pulse.ts'

export interface RelayOptions {
  readonly browser: End
  /** Paused. */
  readonly upstream: End
  readonly clock: Clock
  readonly pulse: Pulse
  /** A message of the browser's; not called for what comes down. */
  readonly said: () => void
  /** Both ends are closed or about to be; called once. */
  readonly over: () => void
}

/** Of this application (RFC 6455, 7.4.2): the session is over, for the reason given as text. */
export const SESSION_OVER = 4401

/** Bytes that wait for a slow reader before the other side has to. */
const MOST_WAITING = 64 * 1024
/** Whoever does not take its leave within this is cut off; sessions end within a second (promise 6). */
const LEAVE_MS = 500

export class Relay implements Pulsed {
  readonly sides: readonly [browser: Side, upstream: Side]
  moved = true
  stillMs = 0

  readonly #options: RelayOptions
  #over = false

  constructor(options: RelayOptions) {
    this.#options = options
    this.sides = [sideOf(options.browser), sideOf(options.upstream)]
  }

  start(): void {
    const [browser, upstream] = this.sides
    const { pulse, said } = this.#options
    this.#pass(browser.ws, upstream.ws, said)
    this.#pass(upstream.ws, browser.ws)
    this.#watch(browser)
    this.#watch(upstream)
    pulse.add(this)
    upstream.ws.resume()
  }

  /** For a session's end, and for our own. Nothing more is delivered, either way. */
  end(why: LiveEnd | 'renewed'): void {
    const [code, reason] = closeOf(why)
    this.#leave(code, reason, 1001)
  }

  gone(side: Side): void {
    side.ws.terminate()
  }

  idle(): void {
    this.#leave(1001, 'idle', 1001)
  }

  #pass(from: WebSocket, to: WebSocket, said?: () => void): void {
    const taken = () => {
      if (from.isPaused && to.bufferedAmount <= MOST_WAITING / 2) from.resume()
    }
    from.on('message', (data: RawData, binary: boolean) => {
      this.moved = true
      said?.()
      to.send(data as Buffer, { binary }, taken)
      if (to.bufferedAmount > MOST_WAITING) from.pause()
    })
  }

  #watch(side: Side): void {
    const [browser, upstream] = this.sides
    let tooLarge = false
    side.ws.on('error', (error: Error & { code?: string }) => {
      tooLarge = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
      this.#lost(side, tooLarge)
    })
    side.ws.on('close', (code, reason) => {
      if (this.#over) return
      if (code === 1006) this.#lost(side, false)
      else {
        this.#finish()
        closeAs(side === browser ? upstream.ws : browser.ws, code, reason)
      }
    })
  }

  /** One side broke off, or broke the rules, of which `ws` has told it. */
  #lost(side: Side, tooLarge: boolean): void {
    if (this.#over) return
    const [browser, upstream] = this.sides
    this.#finish()
    // As an upstream would see it without us between.
    if (side === browser) upstream.ws.terminate()
    else if (tooLarge) browser.ws.close(1009, 'message too large')
    else browser.ws.close(1014, 'upstream lost')
  }

  #leave(code: number, reason: string, upstreamCode: number): void {
    if (this.#over) return
    this.#finish()
    const [browser, upstream] = this.sides
    browser.ws.close(code, reason)
    upstream.ws.close(upstreamCode)
    this.#options.clock.after(LEAVE_MS, () => {
      browser.ws.terminate()
      upstream.ws.terminate()
    })
  }

  #finish(): void {
    this.#over = true
    this.#options.pulse.remove(this)
    for (const { ws } of this.sides) {
      ws.removeAllListeners('message')
      // What it still says, its leave among it, has to be read to be seen.
      if (ws.isPaused) ws.resume()
    }
    this.#options.over()
  }
}

/** 1005 is said by saying nothing (RFC 6455, 7.1.5). */
function closeAs(ws: WebSocket, code: number, reason: Buffer): void {
  if (code === 1005) ws.close()
  else ws.close(code, reason)
}

function closeOf(why: LiveEnd | 'renewed'): readonly [code: number, reason: string] {
  switch (why) {
    case 'draining':
      return [1001, 'restarting']
    case 'unconfirmed':
      return [1013, 'try again later']
    case 'renewed':
      return [1012, 'token renewed']
    default:
      return [SESSION_OVER, why]
  }
}
