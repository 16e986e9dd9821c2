// An admitted request on its way up and its answer on the way down, with at most one replay.
import { Readable } from 'node:stream'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import { returnTo } from '../lib/return-to.ts'
import type { LiveEnd, LiveGuest, LiveKind, Seat } from '../live/registry.ts'
import type { FoundSession } from '../session/find.ts'
import { StoreUnreachableError } from '../session/store.ts'
import { type Admission, type Asked, admit, type Grant } from './admission.ts'
import { collectBody, KEPT_BODY_BYTES, streamBody } from './body.ts'
import { errorCode, upstreamFailure } from './failure.ts'
import { type AnswerFate, ClientGone, Forwarding, type ForwardOwner } from './forward.ts'
import { Stalled } from './idle-watch.ts'
import { checkBody, checkHead } from './owner-check.ts'
import type { Refusal } from './replay.ts'
import { noSeat, SessionOver, sessionOver } from './session-over.ts'
import { absorb, judgeAnswer401, type Refused, renewedSince, takeBack } from './taking-back.ts'
import { addUpward } from './upward.ts'

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

class Passage implements ForwardOwner, LiveGuest {
  readonly #asked: Asked
  #grant: Grant | undefined
  #body: Buffer | Readable | null | undefined
  #received: number | undefined
  #forwarding: Forwarding | undefined
  #refusal: Refusal = 'pass_on'
  #foreign = false
  #heldHeaders: readonly string[] = []
  #replayed = false
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
      this.#bounce()
    } else {
      this.#grant = admission.grant
      this.#send()
    }
  }

  #send(): void {
    const { context, head, req, route } = this.#asked
    const { contentLength, chunked } = head
    const limit = route.config.bodyLimit
    if (this.#body !== undefined) {
      this.#dispatch(this.#body)
    } else if (limit !== undefined && contentLength !== undefined && contentLength > limit) {
      this.#deny('too_large', 'body', { detail: `At most ${limit} bytes are taken here` })
    } else if (!chunked && !contentLength) {
      this.#dispatch(null)
    } else if (!chunked && contentLength !== undefined && contentLength <= KEPT_BODY_BYTES) {
      const { idleWatch } = context
      const { responseMs: limitMs } = route.config.timeouts
      const stalled = () => this.#giveUp()
      collectBody(req, contentLength, { idleWatch, limitMs, stalled }, (body) =>
        this.#collected(body),
      )
    } else {
      const exceeded = () => this.#forwarding?.abort(new TooLarge())
      const body = streamBody(req, limit, exceeded)
      const { tap } = this.#asked
      if (tap) req.on('data', (chunk: Buffer) => tap.sent(chunk))
      this.#dispatch(body)
    }
  }

  #collected(body: Buffer): void {
    const { context, startedAt, tap } = this.#asked
    this.#body = body
    tap?.sent(body)
    // What was true of the session when the first bytes came need not be true any more.
    if (context.clock.now() - startedAt > BODY_MS) this.follow(admit(this.#asked))
    else this.#dispatch(body)
  }

  /** The store cannot be reached, or something that must not happen did. */
  broken(error: unknown): void {
    const { events } = this.#asked.context
    if (error instanceof StoreUnreachableError) {
      events.storeUnreachable(error)
      this.#deny('store_unreachable', 'store', { retryAfter: 2, cause: error })
    } else {
      events.failed(error)
      this.#deny('internal', 'proxy')
    }
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
    const { context, head, route, req, res, target } = this.#asked
    const { config } = route
    // For a replay everything that was added the first time comes off again.
    const headers = head.forwarded
    this.#received ??= headers.length
    headers.length = this.#received
    if (!addUpward(this.#asked, this.#grant, headers)) {
      this.#deny('leak_prevented', 'guard')
      return
    }
    this.#forwarding = new Forwarding(req, res, this, {
      pool: route.pool,
      path: target,
      method: req.method ?? 'GET',
      headers,
      body,
      responseMs: config.timeouts.responseMs,
      idleWatch: context.idleWatch,
      idleMs: config.timeouts.idleMs,
      rules: {
        cache: this.#grant ? config.cache : 'keep',
        cookies: config.cookies,
        mapLocation: route.mapLocation,
      },
      tap: this.#asked.tap,
    })
    this.#forwarding.start()
  }

  answered(status: number, rawHeaders: readonly string[]): AnswerFate {
    const grant = this.#grant
    if (!grant) return 'pass'
    if (status === 401 && this.#takesBack()) return 'discard'
    if (this.#asked.route.config.owner !== undefined) {
      const verdict = checkHead(this.#asked, grant, status, rawHeaders)
      this.#foreign = verdict === 'stop'
      this.#heldHeaders = rawHeaders
      if (verdict !== 'pass') return verdict === 'stop' ? 'discard' : 'hold'
    }
    this.#absorb(rawHeaders)
    return 'pass'
  }

  #takesBack(): boolean {
    const refused = this.#credential()
    if (!refused || this.#replayed) return false
    const repeatable = this.#body === null || Buffer.isBuffer(this.#body)
    this.#refusal = judgeAnswer401(this.#asked, refused, repeatable)
    return this.#refusal !== 'pass_on'
  }

  held(body: Buffer): boolean {
    this.#foreign =
      this.#grant !== undefined && checkBody(this.#asked, this.#grant, body) === 'stop'
    if (!this.#foreign) this.#absorb(this.#heldHeaders)
    return !this.#foreign
  }

  discarded(): void {
    if (this.#foreign) {
      this.#deny('leak_prevented', 'owner')
      this.#forwarding?.readOn()
      return
    }
    const refused = this.#credential()
    if (!refused) return
    this.#leave()
    this.#replayed = true
    this.follow(takeBack(this.#asked, refused, this.#refusal))
  }

  /** What went along with this request, where it was somebody's. */
  #credential(): Refused | undefined {
    const { provider } = this.#asked.route
    const { session, tokens } = this.#grant ?? {}
    return session && tokens && provider ? { session, tokens, provider } : undefined
  }

  #absorb(rawHeaders: readonly string[]): void {
    const carried = this.#credential()
    if (carried) absorb(this.#asked, carried, rawHeaders)
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
    const carried = this.#credential()
    const drops = this.#asked.route.config.dropOnRefresh && carried && renewedSince(carried, found)
    if (drops) this.#forwarding?.abort(new SessionOver('renewed'))
  }

  #leave(): void {
    this.#seat?.leave()
    this.#seat = undefined
  }

  failed(error: unknown): void {
    if (error instanceof TooLarge) this.#deny('too_large', 'body')
    else if (error instanceof SessionOver) this.#deny(...sessionOver(error.why))
    else if (error instanceof Stalled && this.#waitsForBrowser()) this.#giveUp()
    else this.#deny(upstreamFailure(error), errorCode(error), { cause: error })
  }

  /** The upstream would take more of the body, and none comes. */
  #waitsForBrowser(): boolean {
    const body = this.#body
    if (!(body instanceof Readable) || this.#asked.req.complete) return false
    return !body.isPaused() && body.readableLength === 0
  }

  #giveUp(): void {
    const detail = 'The request body stopped coming'
    this.#deny('bad_request', 'body', { status: 408, detail, headers: { connection: 'close' } })
  }

  finished(status: number, error?: unknown): void {
    const { context, requestId, route, req, startedAt } = this.#asked
    this.#leave()
    const now = context.clock.now()
    const cut = error === undefined ? undefined : errorCode(error)
    context.events.answered({
      requestId,
      route: route.pattern,
      method: req.method ?? '',
      status: error instanceof ClientGone && status === 0 ? 499 : status,
      ms: now - startedAt,
      cut,
    })
    this.#seen(now, cut)
  }

  #deny(code: ProblemCode, step: string, options: ProblemOptions = {}): void {
    const { context, requestId, route, req, res, tap } = this.#asked
    this.#leave()
    const cause = options.cause === undefined ? {} : { cause: errorCode(options.cause) }
    context.events.denied({ code, step, requestId, route: route.pattern, ...cause })
    context.answerProblem(req, res, code, options, requestId)
    tap?.head(res.statusCode, ['Coatcheck-Problem', code])
    this.#seen(context.clock.now())
  }

  #bounce(): void {
    const { context, req, res, origin, tap } = this.#asked
    const { headers, body } = bouncePage(returnTo(req.url, '/'), origin)
    res.writeHead(200, headers)
    res.end(body)
    tap?.head(200, [])
    this.#seen(context.clock.now())
  }

  #seen(now: number, cut?: string): void {
    this.#asked.tap?.end(this.#grant?.session, this.#asked.origin, now, cut)
  }
}

class TooLarge extends Error {
  readonly code = 'TOO_LARGE'
}
