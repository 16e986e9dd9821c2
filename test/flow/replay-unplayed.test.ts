// What a recording holds and no replay can make again is left out, counted and said; all else is played.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readRecording } from '../../src/qa/replay/recording.ts'
import { surveyOf } from '../../src/qa/replay/survey.ts'
import { openFolder } from '../support/folder.ts'
import { startGateway } from '../support/gateway.ts'
import { openWebSocket } from '../support/live-client.ts'
import { startLiveUpstream } from '../support/live-upstream.ts'
import { harOf, openSite, type People, pairs, talk } from '../support/recordings.ts'
import { replay, replayCommand } from '../support/replay.ts'
import { startUpstream } from '../support/upstream.ts'

const PEOPLE: People = { alice: { sub: '1', name: 'Alice A.' } }

it('a call under a foreign name and WebSockets leave a recording that can be played', async () => {
  await using folder = await openFolder({ 'people.csv': 'name,password\nalice,secret\n' })
  const file = join(folder.path, 'a.har')
  await using people = await startUpstream()
  await using live = await startLiveUpstream({ people })
  const gateway = await startGateway({
    signInAt: people.url,
    routes: [
      { prefix: '/api', upstream: people.url },
      { prefix: '/live', upstream: live.url },
    ],
    options: { record: { file, bodyBytes: 16_384, mostBytes: 2 ** 30, redact: [] } },
  })
  const alice = await gateway.signIn('alice')
  await alice.get('/api/user')
  const stray = await alice.get('/api/user', { host: 'scanner.example' })
  const at = { port: gateway.port, path: '/live/ws', cookie: alice.cookie }
  using opened = openWebSocket(at)
  using refused = openWebSocket({ ...at, from: 'https://scanner.example' })
  const answers = await Promise.all([opened.opened, refused.opened])
  await alice.get('/api/user')
  await gateway.close()
  expect(stray.status).toBe(421)
  expect(answers).toMatchObject(['open', { status: 403 }])

  await using site = await openSite(PEOPLE, () => ({ body: { username: 'alice' } }))
  const args = ['a.har', '--target', site.url, '--passwords', 'people.csv', '--owner', 'none']
  const ran = await replayCommand([...args, '--json', 'run.json'], { cwd: folder.path })
  const { log } = JSON.parse(await readFile(file, 'utf8'))
  const run = JSON.parse(await readFile(join(folder.path, 'run.json'), 'utf8'))

  for (const { request } of log.entries) expect(URL.canParse(request.url)).toBe(true)
  expect(site.asked).toEqual(['POST /auth/login', 'GET /api/user', 'GET /api/user'])
  expect(run.unplayed).toEqual({ host: 1, websocket: 2 })
  expect(ran.stderr).toBe('')
  expect(ran.stdout).toContain('2 WebSockets were left out: a replay opens none')
  expect(ran.stdout).toContain("1 call was left out: asked under a name that is not the gateway's")
})

it('an address that is no call of HTTP takes no other along, wherever it was written', async () => {
  const lines = talk(PEOPLE, [['alice', '/api/user']]).split('\n')
  const entry = JSON.parse(pairs(1)[0] ?? '')
  const urls = ['/api/user', 'data:text/plain,a', 'chrome-extension://a/b', 'ws://localhost/ws']
  const odd = urls.map((url) => JSON.stringify({ ...entry, request: { ...entry.request, url } }))
  const entries = [...lines.slice(1, -2).map((line) => line.replace(/,$/, '')), ...odd]
  await using folder = await openFolder()
  const ours = join(folder.path, 'ours.har')
  const others = join(folder.path, 'others.har')
  await writeFile(ours, harOf(entries))
  await writeFile(others, JSON.stringify(JSON.parse(harOf(entries)), null, 2))
  await using site = await openSite(PEOPLE, () => ({}))

  for (const file of [ours, others]) {
    const survey = await surveyOf(readRecording(file))
    expect(survey).toMatchObject({ calls: 2, unplayed: { 'not-http': 3, websocket: 1 } })
    const { counts } = await replay(file, site.url)
    expect(counts).toMatchObject({ calls: 2, answers: 2 })
  }
})

it('a recording of nothing else says so', async () => {
  const entry = JSON.parse(pairs(1)[0] ?? '')
  const only = JSON.stringify({ ...entry, response: { ...entry.response, status: 101 } })
  await using folder = await openFolder({ 'a.har': harOf([only]) })

  const ran = await replayCommand(['a.har', '--target', 'http://localhost:1'], {
    cwd: folder.path,
  })

  expect(ran).toMatchObject({
    code: 2,
    stderr: 'a.har holds no call to make again: 1 WebSocket was left out: a replay opens none.\n',
  })
})
