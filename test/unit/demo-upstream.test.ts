import { describe, expect, it } from 'vitest'
import { demoPassword, personas } from '../../src/qa/personas.ts'
import { openDemo } from '../support/demo.ts'
import { openHttpClient, send } from '../support/http.ts'

describe('the demo upstream signs in', () => {
  it('every persona, by username and by e-mail', async () => {
    await using demo = await openDemo()

    for (const { username, email, name } of personas) {
      for (const login of [username, email]) {
        const { access } = await demo.signIn(login)
        const profile = await demo.get('/user', access)

        expect(profile.status).toBe(200)
        expect(profile.json()).toMatchObject({ id: expect.any(Number), name, username, email })
      }
    }
    expect(personas.map(({ color }) => color)).toEqual(['violet', 'green', 'orange', 'blue'])
  })

  it('nobody whose password is wrong, whose name is unknown or whose fields are missing', async () => {
    await using demo = await openDemo()
    const wrong = { message: 'Username or password is wrong.' }

    await expect(demo.login({ username: 'alice', password: 'guess' })).resolves.toEqual([
      401,
      wrong,
    ])
    await expect(demo.login({ username: 'eve', password: demoPassword })).resolves.toEqual([
      401,
      wrong,
    ])
    await expect(demo.login({ password: demoPassword })).resolves.toEqual([
      400,
      { message: 'The field username is missing.' },
    ])
    await expect(demo.login({ username: 'alice' })).resolves.toEqual([
      400,
      { message: 'Password field is missing.' },
    ])
  })

  it('with 400 for what is not JSON and 500 for a list', async () => {
    await using demo = await openDemo()

    const broken = await demo.post('/login', '{"username"')
    const list = await demo.post('/login', '[]')

    expect([broken.status, list.status]).toEqual([400, 500])
    expect(list.json()).toEqual({ message: 'Internal Server Error' })
  })

  it('without cookies or CORS headers, and tells of expiry only as older versions do', async () => {
    await using demo = await openDemo()
    await using older = await openDemo({ expiryFields: { offByMs: 5.5 * 3_600_000 } })

    const answer = await demo.post('/login', { username: 'bob', password: demoPassword })
    const [, olderAnswer] = await older.login({ username: 'bob', password: demoPassword })

    expect(Object.keys(answer.json())).toEqual(['access_token', 'refresh_token'])
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    const end = older.clock.now() / 1000 + 600
    expect(olderAnswer).toMatchObject({ access_expiry: end + 5.5 * 3600 })
  })

  it('anybody in the mode for it, except with the password "wrong"', async () => {
    await using demo = await openDemo({ anybody: true })

    const { access } = await demo.signIn('ada', 'whatever')
    const [status] = await demo.login({ username: 'ada', password: 'wrong' })

    expect((await demo.get('/user', access)).json()).toMatchObject({ username: 'ada' })
    expect(status).toBe(401)
  })
})

describe('a person of the demo upstream', () => {
  it('changes their own profile and nobody else’s', async () => {
    await using demo = await openDemo()
    const [alice, bob] = [await demo.signIn('alice'), await demo.signIn('bob')]

    const updated = await demo.put('/user', { bio: 'Gardens', need_mentoring: true }, alice.access)

    expect([updated.status, updated.json()]).toEqual([
      200,
      { message: 'User was updated successfully.' },
    ])
    const [ofAlice, ofBob] = [
      await demo.get('/user', alice.access),
      await demo.get('/user', bob.access),
    ]
    expect(ofAlice.json()).toMatchObject({ id: 1, bio: 'Gardens', need_mentoring: true })
    expect(ofBob.json()).toMatchObject({ id: 2, bio: null, need_mentoring: null })
  })

  it('may take another username, but not one that is taken, too short or odd', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')

    for (const username of ['bob', 'al', 'white space', 'a'.repeat(26)]) {
      expect((await demo.put('/user', { username }, access)).status, username).toBe(400)
    }
    expect((await demo.put('/user', { username: 'alice_a' }, access)).status).toBe(200)

    expect((await demo.get('/user', access)).json()).toMatchObject({ id: 1, username: 'alice_a' })
    expect((await demo.login({ username: 'alice', password: demoPassword }))[0]).toBe(401)
    expect((await demo.signIn('alice_a')).access).toEqual(expect.any(String))
  })

  it('is told what is wrong with an update', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')
    const wrong = [{}, [], { name: 'R2D2' }, { bio: 'b'.repeat(451) }, { need_mentoring: null }]

    for (const body of wrong) {
      expect((await demo.put('/user', body, access)).status, JSON.stringify(body)).toBe(400)
    }
  })

  it('changes the password and keeps the tokens', async () => {
    await using demo = await openDemo()
    const { access, refresh } = await demo.signIn('bob')
    const change = { current_password: demoPassword, new_password: 'a-better-one' }

    const answer = await demo.put('/user/change_password', change, access)
    const repeated = await demo.put('/user/change_password', change, access)

    expect([answer.status, repeated.status]).toEqual([201, 400])
    expect((await demo.get('/user', access)).status).toBe(200)
    expect((await demo.refresh(refresh)).status).toBe(200)
    expect((await demo.login({ username: 'bob', password: demoPassword }))[0]).toBe(401)
    expect((await demo.login({ username: 'bob', password: 'a-better-one' }))[0]).toBe(200)
  })

  it('once deleted, finds a 404 of nulls behind a live token, and can still refresh', async () => {
    await using demo = await openDemo()
    const { access, refresh } = await demo.signIn('carol')

    demo.control.remove('carol')
    const profile = await demo.get('/user', access)
    const renewed = await demo.refresh(refresh)

    expect(profile.status).toBe(404)
    const values = Object.entries(profile.json())
    expect(values.length).toBeGreaterThan(20)
    expect(values.every(([, value]) => value === null)).toBe(true)
    expect(renewed.status).toBe(200)
    expect((await demo.get('/user', renewed.json().access_token)).status).toBe(404)
  })

  it('keeps notes that nobody else sees', async () => {
    await using demo = await openDemo()
    const [alice, bob] = [await demo.signIn('alice'), await demo.signIn('bob')]

    const added = await demo.post('/notes', { text: 'Only mine' }, alice.access)
    const refused = await demo.post('/notes', { text: ' ' }, alice.access)

    expect([added.status, refused.status]).toEqual([201, 400])
    const texts = async (token: string) =>
      (await demo.get('/notes', token)).json().map(({ text }: { text: string }) => text)
    expect(await texts(alice.access)).toEqual([personas[0]?.note, 'Only mine'])
    expect(await texts(bob.access)).toEqual([personas[1]?.note])
    expect((await demo.get('/notes')).status).toBe(401)
  })
})

describe('a registration at the demo upstream', () => {
  const erin = {
    name: 'Erin East',
    username: 'erin_east',
    password: 'long-enough',
    email: 'erin@example.org',
    terms_and_conditions_checked: true,
  }

  it('lets somebody in only after their e-mail is confirmed', async () => {
    await using demo = await openDemo()

    const created = await demo.post('/register', erin)
    const early = await demo.login(erin)
    const link = `/user/confirm_email/${demo.control.confirmation('erin_east')}`
    const thanks = await demo.get(link)
    const repeated = await demo.get(link)

    expect(created.status).toBe(201)
    expect(early).toEqual([403, { message: 'Please verify your email before login.' }])
    expect([thanks.status, thanks.json()]).toEqual([
      200,
      { message: 'You have confirmed your account. Thanks!' },
    ])
    expect([repeated.status, repeated.json()]).toEqual([
      200,
      { message: 'Account already confirmed.' },
    ])
    const unknown = await demo.get('/user/confirm_email/guess')
    expect([unknown.status, unknown.json()]).toEqual([
      400,
      { message: 'The confirmation link is invalid or the token has expired.' },
    ])
    expect((await demo.login(erin))[0]).toBe(200)
  })

  it('is refused with 409 for a name or e-mail that is taken', async () => {
    await using demo = await openDemo()
    await demo.post('/register', erin)

    const sameName = await demo.post('/register', { ...erin, email: 'other@example.org' })
    const sameEmail = await demo.post('/register', { ...erin, username: 'other_name' })

    expect([sameName.status, sameEmail.status]).toEqual([409, 409])
  })

  it.each([
    ['a name with digits', { name: 'Erin 2' }],
    ['a username of four', { username: 'erin' }],
    ['a username of 26', { username: 'e'.repeat(26) }],
    ['a password of seven', { password: 'seven77' }],
    ['a password of 65', { password: 'p'.repeat(65) }],
    ['a password with a space', { password: 'long enough' }],
    ['an e-mail without an @', { email: 'erin.example.org' }],
    ['terms not accepted', { terms_and_conditions_checked: false }],
    ['no e-mail', { email: undefined }],
    ['a number for a name', { name: 7 }],
  ])('is refused with 400 for %s', async (_what, change) => {
    await using demo = await openDemo()

    const answer = await demo.post('/register', { ...erin, ...change })

    expect(answer.status).toBe(400)
    expect(answer.json().message).toEqual(expect.any(String))
    expect(demo.control.confirmation(erin.username)).toBeUndefined()
  })
})

describe('the list of verified users', () => {
  it('names the others, searched and in pages', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')
    const names = async (query: string) =>
      (await demo.get(`/users/verified${query}`, access))
        .json()
        .map(({ username }: { username: string }) => username)
    await demo.post('/register', {
      name: 'Erin East',
      username: 'erin_east',
      password: 'long-enough',
      email: 'erin@example.org',
      terms_and_conditions_checked: true,
    })

    expect(await names('')).toEqual(['bob', 'carol', 'dave'])
    expect(await names('?search=CHEN')).toEqual(['carol'])
    expect(await names('?search=&page=2&per_page=2')).toEqual(['dave'])
    expect(await names('?page=9')).toEqual([])
    expect(await names('?page=x&per_page=-1')).toEqual(['bob', 'carol', 'dave'])
    expect((await demo.get('/users/verified')).status).toBe(401)
  })

  it('shows no e-mail', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')

    const answer = await demo.get('/users/verified', access)

    expect(answer.text).not.toContain('@')
  })
})

describe('the demo upstream', () => {
  it.each(['/', '/nope', '/user/', '//user', '/%zz', '/a/../user', '/USER'])(
    'answers %s with a 404 of HTML',
    async (path) => {
      await using demo = await openDemo()

      const answer = await send(demo.url, path)

      expect(answer.status).toBe(404)
      expect(answer.headers['content-type']).toMatch(/^text\/html/)
      expect(answer.text).toContain('<h1>Not Found</h1>')
      expect(demo.control.count('GET', '*')).toBe(1)
    },
  )

  it('shows who was seen, with four characters of the token and no cookie', async () => {
    await using demo = await openDemo()
    const { access } = await demo.signIn('alice')
    await send(demo.url, '/notes?q=secret', {
      headers: { authorization: `Bearer ${access}`, cookie: 'jar=crumbs' },
    })
    await send(demo.url, '/user', { headers: { authorization: 'Bearer short' } })

    const { text, json } = await send(demo.url, '/demo/seen')

    const at = demo.clock.now()
    const call = { at, ms: 0, cookie: false }
    expect(json()).toEqual([
      { ...call, method: 'GET', path: '/user', token: '····', status: 401 },
      {
        ...call,
        method: 'GET',
        path: '/notes',
        owner: 'alice',
        token: access.slice(-4),
        cookie: true,
        status: 200,
      },
      { ...call, method: 'POST', path: '/login', owner: 'alice', status: 200 },
    ])
    expect(text).not.toMatch(/secret|crumbs/)
    expect(text).not.toContain(access.slice(-8))
    expect(demo.control.seen()).toHaveLength(3)
  })

  it('remembers 200 calls and counts all of them', async () => {
    await using demo = await openDemo()
    using client = openHttpClient(demo.url, { maxSockets: 10 })

    await Promise.all(Array.from({ length: 250 }, () => client.send('/user')))

    expect(demo.control.seen()).toHaveLength(200)
    expect(demo.control.count('GET', '/user')).toBe(250)
    expect(demo.control.count('PUT', '/user')).toBe(0)
  })

  it('waits as long as it is told before it answers', async () => {
    await using demo = await openDemo({ latencyMs: ({ path }) => (path === '/login' ? 130 : 0) })
    let answered = false

    const login = demo.login({ username: 'alice', password: demoPassword })
    void login.then(() => {
      answered = true
    })
    await demo.get('/user')
    await expect.poll(() => demo.control.count('POST', '/login')).toBe(1)
    demo.clock.advance(129)
    await demo.get('/user')
    expect(answered).toBe(false)
    demo.clock.advance(1)

    expect((await login)[0]).toBe(200)
  })
})
