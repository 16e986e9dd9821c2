// @fastify/http-proxy as it comes: what one would write to forward and nothing more.
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { runContestant } from '../contestant.ts'

runContestant(async ({ upstream, settings }) => {
  const app = Fastify({ logger: false })
  await app.register(httpProxy, { upstream, websocket: settings.websocket === true })
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }) }
})
