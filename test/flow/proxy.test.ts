import { expect, it } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

it('sends the access token upstream and keeps the cookie to itself', async () => {
  await using upstream = await startUpstream()
  await using gateway = await startGateway({ routes: [{ prefix: '/api', upstream: upstream.url }] })
  const ada = await gateway.signIn('ada')

  const answer = await ada.get('/api/notes', { headers: { authorization: 'Bearer forged' } })

  expect(answer.status).toBe(200)
  expect(upstream.last.headers).toMatchObject({
    authorization: `Bearer ${upstream.signIns[0]?.access}`,
  })
  expect(upstream.last.headers).not.toHaveProperty('cookie')
})
