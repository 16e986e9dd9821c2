// A window that does not open is said in one sentence of ours, without the link that lets people in.
import type { BrowserContext, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { BenchCaller } from '../../../src/cli/qa-bench.ts'
import { byLink, byTarget } from '../../../src/cli/qa-open-people.ts'
import { Secret } from '../../../src/lib/secret.ts'

const REFUSED = 'page.goto: net::ERR_CONNECTION_REFUSED at http://alice.localhost:3000/qa/enter/abc'

/** Of a browser only what is asked of it. */
function windowOf() {
  const page = { goto: () => Promise.reject(new Error(REFUSED)) }
  const answer = { ok: () => true }
  const context = {
    request: { post: async () => answer },
    cookies: async () => [{ name: 'a', value: 'b' }],
  }
  return {
    name: 'alice',
    page: page as unknown as Page,
    context: context as unknown as BrowserContext,
  }
}

it('by a link', async () => {
  const link = { url: 'http://alice.localhost:3000/qa/enter/abc' }
  const bench = { post: async () => ({ ok: true, body: link }) } as unknown as BenchCaller

  expect(await byLink(bench)(windowOf())).toBe('http://alice.localhost:3000 did not open.')
})

it('by the sign-in of another deployment', async () => {
  const origin = 'https://test.example.org'
  const persona = { name: 'alice', provider: 'main', username: 'alice', colour: 'violet' }
  const letIn = byTarget({ origin, signIn: '/auth/login', severalProviders: false }, [
    { ...persona, fields: new Secret('{}') },
  ])

  expect(await letIn(windowOf())).toBe('https://test.example.org did not open.')
})
