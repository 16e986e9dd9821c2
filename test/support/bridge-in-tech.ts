// BridgeInTech's React app as the gateway meets it: its calls, its odd headers, the cookies its script sets.
import type { Answer, HttpClient } from './http.ts'

/** What a browser says about where a request comes from. */
export type Browser = 'current' | 'older' | 'none of them'

export interface Frontend {
  /** Login.jsx: rejects unless the second answer has a `username`. */
  signIn(username: string, password: string): Promise<void>
  personalDetails(): Promise<Answer>
  savePersonalDetails(fields: object): Promise<Answer>
  members(query?: string): Promise<Answer>
  register(fields: object): Promise<Answer>
  login(username: string, password: string): Promise<Answer>
  /** Its Sign Out: forgets what the script set, and asks nobody. */
  signOut(): void
  /** Sign Out with the documented line. */
  signOutWithPatch(): Promise<Answer>
  open(path: string): Promise<Answer>
  load(path: string): Promise<Answer>
  /** What document.cookie shows. */
  readonly scriptCookies: ReadonlyMap<string, string>
  /** The Cookie header of the next request; undefined when there is none. */
  readonly cookieHeader: string | undefined
}

const BASE = '/api'

export function openFrontend(client: HttpClient, origin: string, browser: Browser): Frontend {
  const { host } = new URL(origin)
  const script = new Map<string, string>()
  const httpOnly = new Map<string, string>()

  const call = async (
    method: string,
    path: string,
    sent: Record<string, string>,
    body?: object,
  ) => {
    const said = metadata(browser, origin, method)
    const cookies = cookieHeader()
    const answer = await client.send(path, {
      method,
      host,
      headers: { ...said, ...(cookies === undefined ? {} : { cookie: cookies }), ...sent },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = '', ...attributes] = line.split(/; ?/)
      const jar = attributes.includes('HttpOnly') ? httpOnly : script
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) jar.delete(name)
      else jar.set(name, pair.slice(name.length + 1))
    }
    return answer
  }
  const cookieHeader = () => {
    const pairs = [...script, ...httpOnly].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  const json = { accept: 'application/json', 'content-type': 'application/json' }
  const signedIn = () => ({ ...json, authorization: `Bearer ${script.get('access_token')}` })
  const login = (username: string, password: string) =>
    call('POST', `${BASE}/login`, json, { username, password })
  const details = () => call('GET', `${BASE}/user/personal_details`, signedIn())

  return {
    login,
    async signIn(username, password) {
      const answer = await login(username, password)
      const data = answer.json()
      if (answer.status !== 200) throw new Error(data.message)
      const headers = { ...json, authorization: `Bearer ${data.access_token}` }
      const profile = await call('GET', `${BASE}/user/personal_details`, headers)
      if (profile.status !== 200 || !profile.json().username) throw new Error(profile.text)
      script.set('user', profile.json().username)
      script.set('access_token', String(data.access_token))
      script.set('access_expiry', String(data.access_expiry))
    },
    personalDetails: details,
    savePersonalDetails: (fields) =>
      call('PUT', `${BASE}/user/personal_details`, signedIn(), {
        need_mentoring: false,
        available_to_mentor: false,
        ...fields,
      }),
    members: (query = '') => call('GET', `${BASE}/users${query}`, signedIn()),
    register: (fields) =>
      call('POST', `${BASE}/register`, json, {
        need_mentoring: false,
        available_to_mentor: false,
        terms_and_conditions_checked: true,
        ...fields,
      }),
    signOut: () => script.clear(),
    async signOutWithPatch() {
      const answer = await call('POST', '/auth/logout', {})
      script.clear()
      return answer
    },
    open: (path) =>
      call('GET', path, {
        accept: 'text/html,*/*;q=0.8',
        ...(browser === 'current'
          ? {
              'sec-fetch-site': 'none',
              'sec-fetch-mode': 'navigate',
              'sec-fetch-dest': 'document',
            }
          : {}),
      }),
    load: (path) =>
      call('GET', path, {
        accept: '*/*',
        ...(browser === 'current'
          ? { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }
          : {}),
      }),
    scriptCookies: script,
    get cookieHeader() {
      return cookieHeader()
    },
  }
}

function metadata(browser: Browser, origin: string, method: string): Record<string, string> {
  const own: Record<string, string> = method === 'GET' ? {} : { origin }
  if (browser === 'none of them') return {}
  if (browser === 'older') return own
  return {
    ...own,
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
  }
}
