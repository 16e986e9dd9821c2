// The stack most people would write: express, express-session in memory, http-proxy-middleware, the token in the session.
import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { runContestant } from '../contestant.ts'

declare module 'express-session' {
  interface SessionData {
    access: string
  }
}

runContestant(async ({ upstream }) => {
  const app = express()
  // It says at every start that its memory store is not for production; that is known here.
  console.warn = () => {}
  const secret = randomBytes(32).toString('hex')
  app.use(session({ secret, resave: false, saveUninitialized: false }))

  app.post('/login', express.json(), async (req, res) => {
    const answer = await fetch(`${upstream}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(req.body),
    })
    const tokens = (await answer.json()) as { access_token: string }
    req.session.access = tokens.access_token
    res.json({})
  })

  app.use(
    '/api',
    (req, res, next) => {
      if (req.session.access === undefined) res.status(401).json({})
      else next()
    },
    createProxyMiddleware<express.Request>({
      target: `${upstream}/api`,
      changeOrigin: true,
      on: {
        proxyReq(outgoing, req) {
          outgoing.setHeader('authorization', `Bearer ${req.session.access}`)
          outgoing.removeHeader('cookie')
        },
      },
    }),
  )

  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})
