import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/config/problems.ts'
import { KEY, openDirectory } from './loading.ts'

const MS_URL = 'http://localhost:5000'
const path = (name: string) => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url))

async function loadFile(name: string, env: Readonly<Record<string, string>>) {
  await using web = await openDirectory({ 'index.html': '<p>hello' })
  const loaded = await web.load({
    configPath: path(name),
    env: { MS_URL, FRONTEND_DIR: web.path, BIT_WEB: web.path, ...env },
    createKeys: false,
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

describe('config/coatcheck.example.yaml', () => {
  it('loads, without a warning', async () => {
    const config = await loadFile('coatcheck.example.yaml', { COATCHECK_KEYS: KEY })

    expect(config.warnings).toEqual([])
    expect(config.publicOrigin).toBe('https://app.example.org')
    expect(config.routes.map(({ at }) => at)).toEqual(['/api/register', '/api'])
  })
})

describe('config/mentorship.yaml', () => {
  it('is the Mentorship System behind /api', async () => {
    const config = await loadFile('mentorship.yaml', {})
    const [provider] = config.providers

    expect(config.warnings).toEqual([])
    expect(provider).toMatchObject({
      name: 'mentorship',
      signIn: { also: '/api/login', format: 'json' },
      refresh: { authorize: { bearer: 'refresh' } },
      identity: { sub: '/id', name: '/name' },
      send: { template: 'Bearer {access}' },
    })
    expect(provider?.refresh?.url.href).toBe(`${MS_URL}/refresh`)
    expect(config.routes.map(({ at, auth }) => `${at} ${auth}`)).toEqual([
      '/api/register public',
      '/api/user/confirm_email public',
      '/api required',
    ])
  })
})

describe('config/bridge-in-tech.yaml', () => {
  it('maps the frontend’s paths to those of the Mentorship System', async () => {
    const config = await loadFile('bridge-in-tech.yaml', {})

    expect(config.warnings).toEqual([])
    expect(config.providers[0]?.signIn.also).toBe('/api/login')
    expect(
      config.routes.map(
        ({ match, at, upstream, auth }) => `${match} ${at} ${upstream.href} ${auth}`,
      ),
    ).toEqual([
      `path /api/register ${MS_URL}/register public`,
      `path /api/user/personal_details ${MS_URL}/user required`,
      `path /api/users ${MS_URL}/users/verified required`,
    ])
    expect(config.static).toMatchObject([{ prefix: '/bridge-in-tech-web', fallback: 'index.html' }])
    expect(config.csrf).toBe('same-origin')
  })

  it('names the frontend’s directory when it is not there', async () => {
    await expect(loadFile('bridge-in-tech.yaml', { BIT_WEB: '/nowhere' })).rejects.toThrow(
      /bridge-in-tech\.yaml:\d+:\d+ static\.dir: is no directory/,
    )
  })
})
