// Shows the gateway's own /auth endpoints to observers: sign-ins, sign-outs, and who somebody is.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { flatHeaders } from '../../lib/flat-headers.ts'
import type { Observers, SeenBody } from '../../proxy/observe.ts'
import type { OpenSession } from '../../session/session.ts'

export interface AuthTapOptions {
  readonly observers: Observers
  readonly clock: Clock
  originOf(host: string | undefined): string | undefined
  /** Whose cookie a Cookie header carries. */
  sessionOf(cookieHeader: string | undefined): Promise<OpenSession | undefined>
  /** The account that the fields of a sign-in name. */
  accountIn(fields: Readonly<Record<string, unknown>>): string | undefined
}

interface Begun {
  readonly number: number
  readonly at: number
  readonly session: OpenSession | undefined
  ended: number
  endedAt: number
  body: SeenBody
}

const NO_BODY: SeenBody = { bytes: Buffer.alloc(0), size: 0 }

/** Hooks for the endpoints that are registered on `scope` after it. */
export function authTap(scope: FastifyInstance, options: AuthTapOptions): void {
  const { observers, clock } = options
  const calls = new WeakMap<FastifyRequest, Begun>()

  scope.addHook('onRequest', async (request) => {
    if (!observers.watching || isOfALink(request)) return
    const number = observers.next()
    const at = clock.now()
    // Before it is answered: a sign-out leaves nothing to find.
    const session = await options.sessionOf(request.headers.cookie).catch(() => undefined)
    calls.set(request, { number, at, session, ended: -1, endedAt: at, body: NO_BODY })
  })

  scope.addHook('onSend', async (request, _reply, payload) => {
    const begun = calls.get(request)
    if (begun) {
      // What the browser does with the answer comes after it.
      begun.ended = observers.next()
      begun.endedAt = clock.now()
    }
    if (begun && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
      const bytes = Buffer.from(payload)
      begun.body = { bytes: bytes.subarray(0, observers.bodyBytes), size: bytes.length }
    }
    return payload
  })

  scope.addHook('onResponse', async (request, reply) => {
    const begun = calls.get(request)
    if (!begun) return
    const signsIn =
      request.method === 'POST' && !request.routeOptions.url?.startsWith('/auth/logout')
    const fields = signsIn ? fieldsOf(request) : undefined
    const sent = fields ? Buffer.from(JSON.stringify(fields)) : NO_BODY.bytes
    const setCookie = [reply.getHeader('set-cookie') ?? []].flat().map(String)
    const pair = setCookie[0]?.split(';', 1)[0]
    observers.call({
      requestId: request.id,
      route: request.routeOptions.url ?? '',
      method: request.method,
      url: request.raw.url ?? '/',
      origin: options.originOf(request.headers.host) ?? '',
      startedAt: begun.at,
      endedAt: begun.endedAt,
      began: begun.number,
      ended: begun.ended === -1 ? observers.next() : begun.ended,
      session: begun.session,
      ...(fields
        ? {
            signIn: {
              begun:
                reply.statusCode >= 200 && reply.statusCode < 300
                  ? await options.sessionOf(pair).catch(() => undefined)
                  : undefined,
              account: options.accountIn(fields),
            },
          }
        : {}),
      requestHeaders: request.raw.rawHeaders,
      requestBody: { bytes: sent, size: sent.length },
      status: reply.statusCode,
      responseHeaders: flatHeaders(reply.getHeaders()),
      responseBody: begun.body,
      cut: undefined,
    })
  })
}

/** Its address is a secret, or its body holds tokens. */
function isOfALink({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === '/auth/confirm/:token' || routeOptions.url === '/auth/pending/:id'
}

function fieldsOf({ body }: FastifyRequest): Record<string, unknown> | undefined {
  return typeof body === 'object' && body !== null ? { ...body } : undefined
}
