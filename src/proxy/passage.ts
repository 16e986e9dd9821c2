// An admitted request on its way up and its answer on the way down, with at most one replay.
import { Readable } from 'node:stream'
import type { ProblemCode, ProblemOptions } from '../errors.ts'
import { bouncePage } from '../http/bounce.ts'
import { keepCookies } from '../lib/cookie-header.ts'
import { returnTo } from '../lib/return-to.ts'
import type { OpenSession } from '../session/session.ts'
import type { FoundSession } from '../session/sessions.ts'
import { StoreUnreachableError } from '../session/store.ts'
import type { Provider } from '../tokens/provider.ts'
import type { RefreshOutcome } from '../tokens/refresh.ts'
import type { TokenSet } from '../tokens/token-set.ts'
import {
  type Admission,
  type Asked,
  admit,
  endSession,
  type Grant,
  withFound,
} from './admission.ts'
import { collectBody, KEPT_BODY_BYTES, streamBody } from './body.ts'
import { errorCode, upstreamFailure } from './failure.ts'
import { ClientGone, Forwarding, type ForwardOwner } from './forward.ts'
import { ownsTokens } from './guard.ts'
import { Stalled } from './idle-watch.ts'
import { judgeRefusal, type Refusal } from './replay.ts'

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

class Passage implements ForwardOwner {
  readonly #asked: Asked
  #grant: Grant | undefined
  #body: Buffer | Readable | null | undefined
  #received: number | undefined
  #forwarding: Forwarding | undefined
  #refusal: Refusal = 'pass_on'
  #replayed = false

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
      this.#dispatch(streamBody(req, limit, exceeded))
    }
  }

  #collected(body: Buffer): void {
    const { context, startedAt } = this.#asked
    this.#body = body
    // What was true of the session when the first bytes came need not be true any more.
    if (context.clock.now() - startedAt > BODY_MS) this.follow(admit(this.#asked))
    else this.#dispatch(body)
  }

  /** The store cannot be reached, or something that must not happen did. */
  broken(error: unknown): void {
    const { events } = this.#asked.context
    if (error instanceof StoreUnreachableError) {
      events.storeUnreachable(error)
      this.#deny('store_unreachable', 'store', { retryAfter: 2 })
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
    const { config, provider } = route
    const tokens = this.#grant?.tokens
    // For a replay everything that was added the first time comes off again.
    const headers = head.forwarded
    this.#received ??= headers.length
    headers.length = this.#received
    let cookies = keepCookies(head.cookie, config.cookies)
    if (tokens && provider) {
      if (!this.#mayCarry(tokens)) return
      const [name, value] = provider.credential(tokens)
      if (name === 'cookie') cookies = cookies === undefined ? value : `${cookies}; ${value}`
      else headers.push(name, value)
    }
    if (cookies !== undefined) headers.push('cookie', cookies)
    this.#addOwnHeaders(headers)
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
    })
    this.#forwarding.start()
  }

  #addOwnHeaders(headers: string[]): void {
    const { head, origin, context, req, requestId } = this.#asked
    const separator = origin.indexOf('://')
    headers.push(
      'via',
      head.via === undefined ? context.pseudonym : `${head.via}, ${context.pseudonym}`,
      'x-forwarded-for',
      context.clientIp(req.socket.remoteAddress, head.forwardedFor),
      'x-forwarded-host',
      origin.slice(separator + 3),
      'x-forwarded-proto',
      origin.slice(0, separator),
      'x-request-id',
      requestId,
    )
  }

  /** Whose token this is was decided before; that it is the asker's is checked where nothing comes after. */
  #mayCarry(tokens: TokenSet): boolean {
    const { context, requestId, route, ticket } = this.#asked
    if (!context.guard || (ticket && ownsTokens(ticket, tokens))) return true
    const { sessions, events } = context
    const found = this.#grant?.session.ticket.storeKey
    for (const storeKey of new Set([ticket?.storeKey, found, tokens.owner])) {
      if (storeKey) sessions.end(storeKey, 'leak_prevented').catch(events.storeUnreachable)
    }
    const asker = this.#grant?.session.record.ref
    events.leakPrevented({ requestId, route: route.pattern, asker, ownerKey: tokens.owner })
    this.#deny('leak_prevented', 'guard')
    return false
  }

  answered(status: number, rawHeaders: readonly string[]): boolean {
    const { provider } = this.#asked.route
    const tokens = this.#grant?.tokens
    if (this.#grant && tokens && provider) {
      if (status === 401 && this.#takesBack(this.#grant, tokens, provider)) return true
      this.#absorb(tokens, provider, rawHeaders)
    }
    return false
  }

  /** Whether something better than this 401 can still be had for the browser. */
  #takesBack({ session }: Grant, tokens: TokenSet, provider: Provider): boolean {
    if (this.#replayed) return false
    const { sessions, clock, refresher } = this.#asked.context
    const current = sessions.near(session.ticket) ?? session
    this.#refusal = judgeRefusal(current, provider, tokens, clock.now())
    if (this.#refusal === 'pass_on') return false
    if (this.#refusal === 'end' || this.#body === null || Buffer.isBuffer(this.#body)) return true
    // What was streamed is gone: this request keeps its 401, the next one finds a new token.
    if (this.#refusal === 'refresh') refresher.refreshAhead(current, provider, tokens)
    return false
  }

  discarded(): void {
    const tokens = this.#grant?.tokens
    const { provider } = this.#asked.route
    if (!this.#grant || !tokens || !provider) return
    const { session } = this.#grant
    this.#replayed = true
    const { refresher, sessions, clock } = this.#asked.context
    if (this.#refusal === 'end') {
      this.follow(this.#endUnlessRenewed(session, tokens, provider))
      return
    }
    // Resolves at once where the tokens have been renewed already.
    const renewal: Promise<FoundSession | RefreshOutcome> = refresher.refresh(
      session,
      provider,
      tokens,
    )
    const renewed = renewal.then((outcome) => {
      const alive = clock.now() < (tokens.accessExpiresAt ?? Infinity)
      // Nobody can renew it now, and it lives: the upstream's own word is what there is.
      if (outcome.kind === 'unreachable' && alive) return sessions.find(session.ticket)
      return outcome
    })
    this.follow(renewed.then((found) => withFound(this.#asked, found)))
  }

  /** Another answer may have brought another token meanwhile, here or in another process. */
  async #endUnlessRenewed(session: OpenSession, refused: TokenSet, provider: Provider) {
    const found = await this.#asked.context.sessions.find(session.ticket)
    if (found.kind !== 'active') return withFound(this.#asked, found)
    const current = found.session.content.tokens[provider.name]
    if (current?.access !== refused.access) return withFound(this.#asked, found)
    return endSession(this.#asked, found.session, 'upstream_refused')
  }

  #absorb(tokens: TokenSet, provider: Provider, rawHeaders: readonly string[]): void {
    if (!this.#grant || !provider.absorb?.(tokens, rawHeaders)) return
    const { sessions, events } = this.#asked.context
    // A cookie that came with an answer to older tokens says nothing about what stands there by then.
    const absorbed = (standing: TokenSet | undefined) =>
      (standing?.access === tokens.access && provider.absorb?.(standing, rawHeaders)) || standing
    sessions
      .replaceTokens(this.#grant.session, provider.name, absorbed)
      .catch(events.storeUnreachable)
  }

  failed(error: unknown): void {
    if (error instanceof TooLarge) this.#deny('too_large', 'body')
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
    context.events.answered({
      requestId,
      route: route.pattern,
      method: req.method ?? '',
      status: error instanceof ClientGone && status === 0 ? 499 : status,
      ms: context.clock.now() - startedAt,
      cut: error === undefined ? undefined : errorCode(error),
    })
  }

  #deny(code: ProblemCode, step: string, options: ProblemOptions = {}): void {
    const { context, requestId, route, req, res } = this.#asked
    const cause = options.cause === undefined ? {} : { cause: errorCode(options.cause) }
    context.events.denied({ code, step, requestId, route: route.pattern, ...cause })
    context.answerProblem(req, res, code, options, requestId)
  }

  #bounce(): void {
    const { req, res, origin } = this.#asked
    const { headers, body } = bouncePage(returnTo(req.url, '/'), origin)
    res.writeHead(200, headers)
    res.end(body)
  }
}

class TooLarge extends Error {
  readonly code = 'TOO_LARGE'
}
