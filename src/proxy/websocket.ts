// An admitted WebSocket on its way: counted, the upstream reached, and only then the browser told that it is open.
import type { IncomingMessage } from 'node:http'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { LiveEnd, LiveGuest, Seat } from '../live/registry.ts'
import type { FoundSession } from '../session/find.ts'
import type { OpenSession } from '../session/session.ts'
import { ClientGone, InvalidAnswer } from './aborts.ts'
import { type Admission, type Asked, admit, type Grant } from './admission.ts'
import { openingLines, readAnswerHead } from './answer-headers.ts'
import { denialOf, deny, misfortune, tellAnswered } from './outcome.ts'
import { checkHead, type OwnerVerdict } from './owner-check.ts'
import { downwardRules } from './route.ts'
import { noSeat, SessionOver } from './session-over.ts'
import { absorb, dropsWith, judgeAnswer401, takeBack } from './taking-back.ts'
import type { Upgrade } from './upgrade.ts'
import { upwardHeaders } from './upward.ts'
import type { UpstreamOutcome } from './websocket-ends.ts'
import { handshakeFault, protocolsOf } from './websocket-handshake.ts'
import { passAnswerOn, passHeadOn } from './websocket-refusal.ts'
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
    if (outcome?.kind === 'answered' && outcome.response.statusCode === 401) {
      const refused = judgeAnswer401(this.#asked, this.#grant, true)
      if (refused) {
        outcome.response.destroy()
        if (!this.#admitted(await takeBack(this.#asked, refused))) return
        outcome = await this.#connect()
      }
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
    const { context, req, route, target } = this.#asked
    const { connectMs, responseMs } = route.config.timeouts
    const headers = upwardHeaders(this.#asked, this.#grant)
    if (!headers) {
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

  #open({ end: upstream, rawHeaders, protocol }: UpstreamOutcome & { kind: 'open' }): void {
    const { context, req } = this.#asked
    if (this.#judge(101, rawHeaders) === 'stop') {
      upstream.ws.terminate()
      this.#deny('leak_prevented', 'owner')
      return
    }
    absorb(this.#asked, this.#grant, rawHeaders)
    const taken = this.#cancelled.signal.aborted ? undefined : this.#upgrade.take()
    const headers = openingLines(rawHeaders, this.#rules())
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

  /** Whose it is, where the route has a rule for that. */
  #judge(status: number, rawHeaders: readonly string[]): OwnerVerdict {
    return this.#grant ? checkHead(this.#asked, this.#grant, status, rawHeaders) : 'pass'
  }

  #rules() {
    return downwardRules(this.#asked.route, this.#grant !== undefined)
  }

  /** It would not: the browser gets its answer as to any other request. */
  #passOn(response: IncomingMessage): void {
    const status = response.statusCode ?? 502
    const head = readAnswerHead(response.rawHeaders, this.#rules())
    // Never asked for, or not what it says it is.
    if (status < 200 || head.coded) {
      response.destroy()
      this.#failed(new InvalidAnswer())
      return
    }
    const verdict = this.#judge(status, response.rawHeaders)
    if (verdict === 'stop') {
      response.destroy()
      this.#deny('leak_prevented', 'owner')
      return
    }
    absorb(this.#asked, this.#grant, response.rawHeaders)
    const done = (error?: Error) => {
      this.#leave()
      this.#answered(status, error)
    }
    if (verdict === 'hold') {
      // Whose it is stands in the body.
      passHeadOn(this.#asked, response, head.headers)
      done()
    } else passAnswerOn(this.#asked, response, head.headers, this.#cancelled.signal, done)
  }

  close(why: LiveEnd): void {
    this.#seat = undefined
    if (this.#relay) this.#relay.end(why)
    else this.#cancelled.abort(new SessionOver(why))
  }

  looked(found: FoundSession): void {
    if (dropsWith(this.#asked, this.#grant, found)) this.#relay?.end('renewed')
  }

  #failed(error: unknown): void {
    if (error instanceof ClientGone) {
      this.#leave()
      this.#answered(499, error)
    } else this.#deny(...denialOf(error))
  }

  broken(error: unknown): void {
    const denial = misfortune(this.#asked, error)
    if (denial[0] === 'internal') this.#relay?.end('unconfirmed')
    this.#deny(...denial)
  }

  #deny(code: ProblemCode, step: string, options?: ProblemOptions): void {
    this.#leave()
    deny(this.#asked, this.#grant, code, step, options)
  }

  #answered(status: number, error?: unknown): void {
    this.#asked.tap?.head(status, [])
    tellAnswered(this.#asked, this.#grant, status, error)
  }

  #leave(): void {
    this.#seat?.leave()
    this.#seat = undefined
  }
}
