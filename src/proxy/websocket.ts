// An admitted WebSocket on its way: counted, the upstream reached, and only then the browser told that it is open.
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { LiveEnd, LiveGuest, Seat } from '../live/registry.ts'
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import { StoreUnreachableError } from '../session/store.ts'
import { type Admission, type Asked, admit, type Grant } from './admission.ts'
import { readAnswerHead } from './answer-headers.ts'
import { errorCode, upstreamFailure } from './failure.ts'
import { ClientGone } from './forward.ts'
import { noSeat, SessionOver, sessionOver } from './session-over.ts'
import { absorb, judgeAnswer401, type Refused, renewedSince, takeBack } from './taking-back.ts'
import type { Upgrade } from './upgrade.ts'
import { addUpward } from './upward.ts'
import type { UpstreamOutcome } from './websocket-ends.ts'
import { handshakeFault, isHandshakeName, protocolsOf } from './websocket-handshake.ts'
import { Relay } from './websocket-relay.ts'

/** Answers `asked`, now or later. Never throws: what goes wrong is this one connection's misfortune. */
export function serveWebSocket(asked: Asked, upgrade: Upgrade): void {
  const passage = new WebSocketPassage(asked, upgrade)
  passage.go().catch((error: unknown) => passage.broken(error))
}

class WebSocketPassage implements LiveGuest {
  readonly #asked: Asked
  readonly #upgrade: Upgrade
  readonly #cancelled = new AbortController()
  #grant: Grant | undefined
  #seat: Seat | undefined
  #relay: Relay | undefined

  constructor(asked: Asked, upgrade: Upgrade) {
    this.#asked = asked
    this.#upgrade = upgrade
  }

  async go(): Promise<void> {
    const { req, res } = this.#asked
    const fault = handshakeFault(req)
    if (fault) return this.#deny('bad_request', 'handshake', fault)
    res.on('close', () => this.#cancelled.abort(new ClientGone()))
    if (!this.#admitted(await admit(this.#asked)) || !this.#seated(this.#grant?.session)) return

    let outcome = await this.#connect()
    const refused = this.#refusedBy(outcome)
    const refusal = refused ? judgeAnswer401(this.#asked, refused, true) : 'pass_on'
    if (refused && refusal !== 'pass_on' && outcome?.kind === 'answered') {
      outcome.response.destroy()
      if (!this.#admitted(await takeBack(this.#asked, refused, refusal))) return
      outcome = await this.#connect()
    }
    if (!outcome) return
    if (outcome.kind === 'failed') this.#failed(outcome.error)
    else if (outcome.kind === 'answered') this.#passOn(outcome.response)
    else this.#open(outcome)
  }

  #admitted(admission: Admission): boolean {
    if (admission.kind === 'pass') {
      this.#grant = admission.grant
      return true
    }
    if (admission.kind === 'refuse') {
      this.#deny(admission.code, admission.step, admission.options)
    } else this.#deny('session_required', 'cookie')
    return false
  }

  /** Before anything reaches the upstream. */
  #seated(session: OpenSession | undefined): boolean {
    const joined = this.#asked.context.live.join('websocket', session, this)
    if (joined.kind === 'joined') this.#seat = joined.seat
    else this.#deny(...noSeat(joined))
    return joined.kind === 'joined'
  }

  /** Undefined: it was answered instead. */
  async #connect(): Promise<UpstreamOutcome | undefined> {
    const { context, head, req, route, target } = this.#asked
    const { connectMs, responseMs } = route.config.timeouts
    const headers = [...head.forwarded]
    if (!addUpward(this.#asked, this.#grant, headers)) {
      this.#deny('leak_prevented', 'guard')
      return undefined
    }
    return context.webSockets.connect({
      origin: route.origin,
      path: target,
      headers,
      protocols: protocolsOf(req) ?? [],
      ca: route.config.ca,
      connectMs,
      responseMs,
      signal: this.#cancelled.signal,
    })
  }

  #credential(): Refused | undefined {
    const { provider } = this.#asked.route
    const { session, tokens } = this.#grant ?? {}
    return session && tokens && provider ? { session, tokens, provider } : undefined
  }

  #refusedBy(outcome: UpstreamOutcome | undefined): Refused | undefined {
    const refused = outcome?.kind === 'answered' && outcome.response.statusCode === 401
    return refused ? this.#credential() : undefined
  }

  #open({ end: upstream, rawHeaders, protocol }: UpstreamOutcome & { kind: 'open' }): void {
    const { context, req } = this.#asked
    this.#absorb(rawHeaders)
    const taken = this.#cancelled.signal.aborted ? undefined : this.#upgrade.take()
    const headers = this.#openingLines(rawHeaders)
    const browser = taken && context.webSockets.accept({ req, ...taken, protocol, headers })
    if (!browser) {
      upstream.ws.terminate()
      this.#failed(this.#cancelled.signal.reason ?? new ClientGone())
      return
    }
    const { clock, pulse } = context
    const passive = this.#asked.route.config.passive || this.#asked.head.passive
    const said = passive ? () => undefined : () => this.#seat?.slide()
    const over = () => this.#leave()
    this.#relay = new Relay({ browser, upstream, clock, pulse, said, over })
    this.#relay.start()
    this.#answered(101)
  }

  /** What an upstream may say with its 101: the same table, without what belongs to this one connection or to a body. */
  #openingLines(rawHeaders: readonly string[]): string[] {
    const { headers } = readAnswerHead(rawHeaders, this.#rules())
    const lines: string[] = []
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const name = headers[i] as string
      const own = isHandshakeName(name) || /^(content-length|date|cache-control|vary)$/i.test(name)
      if (!own) lines.push(`${name}: ${headers[i + 1]}`)
    }
    return lines
  }

  #rules() {
    const { config, mapLocation } = this.#asked.route
    const cache = this.#grant ? config.cache : ('keep' as const)
    return { cache, cookies: config.cookies, mapLocation }
  }

  /** It would not: the browser gets its answer as to any other request. */
  #passOn(response: IncomingMessage): void {
    const { context, res, route } = this.#asked
    const status = response.statusCode ?? 502
    const head = readAnswerHead(response.rawHeaders, this.#rules())
    // Never asked for, or not what it says it is.
    if (status < 200 || head.coded) {
      response.destroy()
      this.#failed(new InvalidAnswer())
      return
    }
    this.#absorb(response.rawHeaders)
    const { idleWatch } = context
    const watched = {
      limitMs: route.config.timeouts.idleMs,
      moved: true,
      stillMs: 0,
      place: -1,
      abort: () => response.destroy(),
    }
    idleWatch.add(watched)
    response.on('data', () => {
      watched.moved = true
    })
    this.#cancelled.signal.addEventListener('abort', () => response.destroy())
    res.writeHead(status, head.headers)
    response.pipe(res)
    finished(response, (error) => {
      idleWatch.remove(watched)
      // Half an answer must not look like a whole one.
      if (error) res.destroy()
      this.#leave()
      this.#answered(status, error ?? undefined)
    })
  }

  #absorb(rawHeaders: readonly string[]): void {
    const carried = this.#credential()
    if (carried) absorb(this.#asked, carried, rawHeaders)
  }

  close(why: LiveEnd): void {
    this.#seat = undefined
    if (this.#relay) this.#relay.end(why)
    else this.#cancelled.abort(new SessionOver(why))
  }

  looked(found: FoundSession): void {
    const carried = this.#credential()
    const drops = this.#asked.route.config.dropOnRefresh && carried && renewedSince(carried, found)
    if (drops) this.#relay?.end('renewed')
  }

  #failed(error: unknown): void {
    if (error instanceof ClientGone) {
      this.#leave()
      this.#answered(499, error)
    } else if (error instanceof SessionOver) this.#deny(...sessionOver(error.why))
    else this.#deny(upstreamFailure(error), errorCode(error), { cause: error })
  }

  /** The store cannot be reached, or something that must not happen did. */
  broken(error: unknown): void {
    const { events } = this.#asked.context
    if (error instanceof StoreUnreachableError) {
      events.storeUnreachable(error)
      this.#deny('store_unreachable', 'store', { retryAfter: 2, cause: error })
    } else {
      events.failed(error)
      this.#relay?.end('unconfirmed')
      this.#deny('internal', 'proxy')
    }
  }

  #deny(code: ProblemCode, step: string, options: ProblemOptions = {}): void {
    const { context, requestId, route, req, res, tap } = this.#asked
    this.#leave()
    const cause = options.cause === undefined ? {} : { cause: errorCode(options.cause) }
    context.events.denied({ code, step, requestId, route: route.pattern, ...cause })
    context.answerProblem(req, res, code, options, requestId)
    tap?.head(res.statusCode, ['Coatcheck-Problem', code])
    this.#seen()
  }

  #answered(status: number, error?: unknown): void {
    const { context, requestId, route, startedAt, tap } = this.#asked
    const ms = context.clock.now() - startedAt
    const cut = error === undefined ? undefined : errorCode(error)
    context.events.answered({ requestId, route: route.pattern, method: 'GET', status, ms, cut })
    tap?.head(status, [])
    this.#seen(cut)
  }

  #seen(cut?: string): void {
    const { context, origin, tap } = this.#asked
    tap?.end(this.#grant?.session, origin, context.clock.now(), cut)
  }

  #leave(): void {
    this.#seat?.leave()
    this.#seat = undefined
  }
}

class InvalidAnswer extends Error {
  readonly code = 'INVALID_ANSWER'
}
