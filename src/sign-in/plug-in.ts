// The /auth endpoints: every way in and out. What is under /auth and not here does not exist; it is never proxied.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import { jsonBodies, unreadBodies } from '../http/request-bodies.ts'
import { confirmEndpoints } from './confirm.ts'
import type { SignInContext } from './context.ts'
import { eventsEndpoint } from './events.ts'
import { loginEndpoints } from './login.ts'
import { logoutEndpoint } from './logout.ts'
import { sessionEndpoint } from './session.ts'

/** Sign-in fields are small; anything larger is not one. */
const FIELDS_BYTES = 64 * 1024

export async function signInPlugIn(app: FastifyInstance, context: SignInContext): Promise<void> {
  sessionEndpoint(app, context)
  await app.register(async (fields) => {
    jsonBodies(fields, FIELDS_BYTES)
    loginEndpoints(fields, context)
  })
  const { pending } = context
  if (pending) {
    await app.register(async (links) => {
      jsonBodies(links, FIELDS_BYTES)
      links.addContentTypeParser(
        /^application\/x-www-form-urlencoded\s*(;|$)/i,
        { parseAs: 'string', bodyLimit: FIELDS_BYTES },
        (_request, body, done) => done(null, body),
      )
      confirmEndpoints(links, context, pending)
    })
  }
  eventsEndpoint(app, context)
  await app.register(async (bodiless) => {
    unreadBodies(bodiless)
    logoutEndpoint(bodiless, context)
  })
  const nothing = async () => {
    throw new ProblemError('not_found')
  }
  for (const url of ['/auth', '/auth/*']) app.all(url, nothing)
}
