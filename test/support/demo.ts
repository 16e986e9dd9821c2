// The demo upstream as tests use it.
import { systemRandom } from '../../src/lib/random.ts'
import { type DemoUpstreamOptions, openDemoUpstream } from '../../src/qa/demo-upstream.ts'
import { demoPassword } from '../../src/qa/personas.ts'
import { manualClock } from './clock.ts'
import { send } from './http.ts'

/** The demo upstream on a clock of its own, with calls in short. */
export async function openDemo(options: Partial<DemoUpstreamOptions> = {}) {
  const clock = manualClock()
  const { url, control, close } = await openDemoUpstream({
    clock,
    random: systemRandom,
    ...options,
  })
  const bearer = (token: string | undefined) =>
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const write = (method: string, path: string, body: unknown, token?: string) => {
    const content = typeof body === 'string' ? { body } : { json: body }
    return send(url, path, { method, headers: bearer(token), ...content })
  }
  const post = (path: string, body: unknown, token?: string) => write('POST', path, body, token)
  const login = async (fields: object) => {
    const answer = await post('/login', fields)
    return [answer.status, answer.json()] as const
  }
  return {
    url,
    clock,
    control,
    post,
    login,
    put: (path: string, body: unknown, token?: string) => write('PUT', path, body, token),
    send: (path: string, options: { signal?: AbortSignal } = {}) => send(url, path, options),
    get: (path: string, token?: string) => send(url, path, { headers: bearer(token) }),
    refresh(token: string) {
      return send(url, '/refresh', { method: 'POST', headers: bearer(token) })
    },
    async signIn(username: string, password = demoPassword) {
      const [status, body] = await login({ username, password })
      if (status !== 200) throw new Error(`the demo upstream answered the sign-in with ${status}`)
      return { access: String(body.access_token), refresh: String(body.refresh_token) }
    },
    [Symbol.asyncDispose]: close,
  }
}
