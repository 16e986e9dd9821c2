// An admitted request on its way up and its answer on the way down, with at most one replay.
import type { Readable } from 'node:stream'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import type { LiveEnd, LiveGuest, LiveKind, Seat } from '../live/registry.ts'
import type { FoundSession } from '../session/find.ts'
import { TooLarge } from './aborts.ts'
import { type Admission, type Asked, admit, type Grant } from './admission.ts'
import { type BodyTaker, takeBody, waitsForBrowser } from './body.ts'
import type { AnswerFate, ForwardOwner } from './exchange.ts'
import { Forwarding } from './forward.ts'
import { Stalled } from './idle-watch.ts'
import { bounce, denialOf, deny, misfortune, tellAnswered } from './outcome.ts'
import { checkBody, checkHead, passedUnchecked } from './owner-check.ts'
import { downwardRules } from './route.ts'
import { noSeat, SessionOver } from './session-over.ts'
import { absorb, dropsWith, judgeAnswer401, type Refused, takeBack } from './taking-back.ts'
import { upwardHeaders } from './upward.ts'

/** Answers `asked`, now or later. Never throws: what goes wrong is this one request's misfortune. */
export function serve(asked: Asked): void {
  const passage = new Passage(asked)
  try {
    passage.follow(admit(asked))
  } catch (error) {
    passage.broken(error)
  }
}

/** A body that took longer to come is asked for its session again (promise 6: a second). */
const BODY_MS = 1000

class Passage implements BodyTaker, ForwardOwner, LiveGuest {
  readonly #asked: Asked
  #grant: Grant | undefined
  #body: Buffer | Readable | null | undefined
  #forwarding: Forwarding | undefined
  /** Present from the first answer on, where that was taken back. */
  #refused: Refused | undefined
  #foreign = false
  #heldHeaders: readonly string[] = []
  #seat: Seat | undefined

  constructor(asked: Asked) {
    this.#asked = asked
  }

  follow(admission: Admission | Promise<Admission>): void {
    if (admission instanceof Promise) {
      admission
        .then((decided) => this.follow(decided))
        .catch((error: unknown) => this.broken(error))
    } else if (admission.kind === 'refuse') {
      this.#deny(admission.code, admission.step, admission.options)
    } else if (admission.kind === 'bounce') {
      bounce(this.#asked)
    } else {
      this.#grant = admission.grant
      this.#send()
    }
  }

  #send(): void {
    const { head, route } = this.#asked
    const { bodyLimit = Infinity } = route.config
    if (this.#body !== undefined) this.#dispatch(this.#body)
    else if (!head.chunked && !head.contentLength) this.#dispatch(null)
    else if ((head.contentLength ?? 0) > bodyLimit) {
      this.#denyTooLarge()
    } else takeBody(this.#asked, this)
  }

  whole(body: Buffer): void {
    const { context, startedAt } = this.#asked
    this.#body = body
    // What was true of the session when the first bytes came need not be true any more.
    if (context.clock.now() - startedAt > BODY_MS) this.follow(admit(this.#asked))
    else this.#dispatch(body)
  }

  streams(body: Readable): void {
    this.#dispatch(body)
  }

  stalled(): void {
    const detail = 'The request body stopped coming'
    this.#deny('bad_request', 'body', { status: 408, detail, headers: { connection: 'close' } })
  }

  exceeded(): void {
    this.#forwarding?.abort(new TooLarge())
  }

  broken(error: unknown): void {
    this.#deny(...misfortune(this.#asked, error))
  }

  #dispatch(body: Buffer | Readable | null): void {
    this.#body = body
    try {
      this.#forward(body)
    } catch (error) {
      this.broken(error)
    }
  }

  #forward(body: Buffer | Readable | null): void {
    const { context, req, res, route, tap, target } = this.#asked
    const headers = upwardHeaders(this.#asked, this.#grant)
    if (!headers) {
      this.#deny('leak_prevented', 'guard')
      return
    }
    this.#forwarding = new Forwarding(this, {
      req,
      res,
      pool: route.pool,
      path: target,
      method: req.method ?? 'GET',
      headers,
      body,
      idleWatch: context.idleWatch,
      timeouts: route.config.timeouts,
      rules: downwardRules(route, this.#grant !== undefined),
      tap,
    })
    this.#forwarding.start()
  }

  answered(status: number, rawHeaders: readonly string[]): AnswerFate {
    const grant = this.#grant
    if (!grant) return 'pass'
    if (status === 401 && !this.#refused) {
      const repeatable = this.#body === null || Buffer.isBuffer(this.#body)
      this.#refused = judgeAnswer401(this.#asked, grant, repeatable)
      if (this.#refused) return 'discard'
    }
    if (this.#asked.route.config.owner !== undefined) {
      const verdict = checkHead(this.#asked, grant, status, rawHeaders)
      this.#foreign = verdict === 'stop'
      this.#heldHeaders = rawHeaders
      if (verdict !== 'pass') return verdict === 'stop' ? 'discard' : 'hold'
    }
    absorb(this.#asked, grant, rawHeaders)
    return 'pass'
  }

  held(status: number, body: Buffer): boolean {
    const grant = this.#grant
    const raw = this.#heldHeaders
    this.#foreign =
      grant !== undefined && checkBody(this.#asked, grant, status, raw, body) === 'stop'
    if (!this.#foreign) absorb(this.#asked, grant, raw)
    return !this.#foreign
  }

  outgrew(status: number): void {
    passedUnchecked(this.#asked, status, 'too_long')
    absorb(this.#asked, this.#grant, this.#heldHeaders)
  }

  discarded(): void {
    if (this.#foreign) {
      this.#deny('leak_prevented', 'owner')
      this.#forwarding?.readOn()
      return
    }
    if (!this.#refused) return
    this.#leave()
    this.follow(takeBack(this.#asked, this.#refused))
  }

  stays(kind: LiveKind): boolean {
    const session = this.#grant?.session
    if (kind === 'answer' && !session) return true
    this.#leave()
    const joined = this.#asked.context.live.join(kind, session, this)
    if (joined.kind === 'joined') this.#seat = joined.seat
    else this.#deny(...noSeat(joined))
    return joined.kind === 'joined'
  }

  close(why: LiveEnd): void {
    this.#seat = undefined
    this.#forwarding?.abort(new SessionOver(why))
  }

  looked(found: FoundSession): void {
    if (!dropsWith(this.#asked, this.#grant, found)) return
    this.#forwarding?.abort(new SessionOver('renewed'))
  }

  failed(error: unknown): void {
    if (error instanceof TooLarge) this.#denyTooLarge()
    else if (error instanceof Stalled && waitsForBrowser(this.#body, this.#asked.req))
      this.stalled()
    else this.#deny(...denialOf(error))
  }

  finished(status: number, error?: unknown): void {
    this.#leave()
    tellAnswered(this.#asked, this.#grant, status, error)
  }

  #denyTooLarge(): void {
    const detail = `At most ${this.#asked.route.config.bodyLimit} bytes are taken here`
    this.#deny('too_large', 'body', { detail })
  }

  #deny(code: ProblemCode, step: string, options?: ProblemOptions): void {
    this.#leave()
    deny(this.#asked, this.#grant, code, step, options)
  }

  #leave(): void {
    this.#seat?.leave()
    this.#seat = undefined
  }
}
