// GET /qa/calls: what was asked and answered within the last minute, as HAR entries by request id; redacted.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../errors.ts'
import type { QaContext } from './context.ts'

export function callsEndpoints(app: FastifyInstance, { details }: QaContext): void {
  app.get('/qa/calls', async (_request, reply) => {
    const entries = Array.from(details.all(), ([id, line]) => `${JSON.stringify(id)}:${line}`)
    return reply.type('application/json').send(`{${entries.join(',')}}`)
  })
  app.get<{ Params: { id: string } }>('/qa/calls/:id', async (request, reply) => {
    const line = details.of(request.params.id)
    if (line !== undefined) return reply.type('application/json').send(line)
    throw new ProblemError('not_found', {
      detail: 'Nothing was kept of this call: it passed before anybody watched, or a minute ago',
    })
  })
}
