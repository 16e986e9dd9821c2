// The demo's page: signs a person in, and shows what this browser knows next to what the upstream saw.

const PEOPLE = ['alice', 'bob', 'carol', 'dave']
const SHOWN_CALLS = 12
const NOT_ASKED = { Answer: 'not asked without a session; ask to see what comes' }

/** @param {string} selector */
const find = (selector) => document.querySelector(selector)
const capital = (name) => name[0].toUpperCase() + name.slice(1)
const time = (ms) => new Date(ms).toLocaleTimeString()

let session
/** The server's clock, ahead of this one by so much. */
let skew = 0

// ── Talking to the gateway ──────────────────────────────────────────────────────────────────────────────

async function call(path, options) {
  const answer = await fetch(path, options)
  const type = answer.headers.get('content-type') ?? ''
  const body = type.includes('json') ? await answer.json() : undefined
  return { status: answer.status, body }
}

async function signIn(username) {
  const { status, body } = await call('/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: find('#password').textContent }),
  })
  if (status !== 200) return tell(body?.detail ?? body?.title ?? `The sign-in answered ${status}.`)
  showSession(body)
  tell(`${body.name} is signed in.`)
  find('#who').focus()
  await Promise.all([loadProfile(), loadSeen()])
}

async function signOut() {
  const { status, body } = await call('/auth/logout', { method: 'POST' })
  if (status !== 204) return tell(body?.title ?? `The sign-out answered ${status}.`)
  await loadSession()
  showFacts(find('#profile'), NOT_ASKED)
  tell('Signed out.')
  find('#who').focus()
}

async function loadSession() {
  const { status, body } = await call('/auth/session')
  if (status === 200) showSession(body)
  else tell(body?.title ?? `The session answered ${status}.`)
}

async function loadProfile() {
  const { status, body } = await call('/api/user')
  const shown =
    status === 200
      ? { Name: body.name, 'User name': body.username, 'E-mail': body.email }
      : { Answer: `${status} ${body?.code ?? ''}`, Meaning: body?.title ?? body?.message ?? '' }
  showFacts(find('#profile'), shown)
  // The call may have renewed the token, or found the session over.
  if (session?.authenticated) await loadSession()
}

async function loadSeen() {
  const { status, body } = await call('/demo/seen')
  if (status === 200) showSeen(body.slice(0, SHOWN_CALLS))
}

// ── Showing it ──────────────────────────────────────────────────────────────────────────────────────────

function tell(text) {
  find('#notice').textContent = text
}

function showSession(body) {
  session = body
  skew = body.now - Date.now()
  const { authenticated } = body
  const first = authenticated ? body.name.split(' ', 1)[0] : undefined
  document.title = first ? `${first} · Coatcheck demo` : 'Coatcheck demo'
  document.documentElement.dataset.person = first?.toLowerCase() ?? ''
  find('#who').textContent = authenticated ? `You are ${body.name}` : 'Nobody is signed in here'
  find('#signed-out').hidden = authenticated
  find('#sign-out').hidden = !authenticated
  showBrowser()
}

function showBrowser() {
  const cookie = document.cookie === '' ? 'empty: scripts cannot see it' : document.cookie
  const facts = { 'document.cookie': cookie, Session: session.state }
  if (session.reason) facts.Reason = session.reason
  if (session.authenticated) {
    const [token] = Object.values(session.tokens)
    facts.Reference = session.ref
    facts['Signed in'] = time(session.createdAt - skew)
    facts['Without activity until'] = time(session.idleAt - skew)
    facts['In any case until'] = new Date(session.endsAt - skew).toLocaleString()
    facts['Token at the gateway'] = tokenLife(token)
  }
  showFacts(find('#facts'), facts)
}

function tokenLife(token) {
  if (!token) return 'none'
  const left = Math.ceil((token.expiresAt - skew - Date.now()) / 1000)
  if (left > 0) return `good for ${left} s`
  return token.refreshable ? 'expired; the next call renews it' : 'expired'
}

function showFacts(list, facts) {
  const parts = Object.entries(facts).flatMap(([name, value]) => [
    element('dt', name),
    element('dd', value),
  ])
  list.replaceChildren(...parts)
}

function showSeen(calls) {
  const rows = calls.map(({ at, method, path, owner, token, cookie, status }) => {
    const row = document.createElement('tr')
    if (owner) row.dataset.person = owner
    const who = owner ? capital(owner) : 'nobody'
    row.append(
      element('td', time(at - skew), 'Time'),
      element('td', `${method} ${path}`, 'Call'),
      element('td', token ? `Bearer …${token} · ${who}` : `— · ${who}`, 'Authorization'),
      element('td', cookie ? 'arrived!' : '—', 'Cookie'),
      element('td', String(status ?? '…'), 'Answer'),
    )
    return row
  })
  find('#seen tbody').replaceChildren(...rows)
}

/** `label`: what a narrow screen puts before the text. */
function element(name, text, label) {
  const made = document.createElement(name)
  made.textContent = text
  if (label) made.dataset.label = label
  return made
}

function showOthers() {
  const { hostname, protocol, port } = location
  const mine = hostname.split('.', 1)[0]
  const links = PEOPLE.filter((name) => name !== mine).map((name) => {
    const link = element('a', `${capital(name)}'s page`)
    link.href = `${protocol}//${name}.localhost:${port}/`
    link.dataset.person = name
    link.target = '_blank'
    const item = document.createElement('li')
    item.append(link)
    return item
  })
  find('#others').replaceChildren(...links)
}

/** On alice.localhost Alice comes first. */
function putFirst(name) {
  const button = document.querySelector(`button[data-person="${name}"]`)
  if (!button) return
  button.classList.add('first')
  find('#signed-out .people').prepend(button.parentElement)
}

// ── Setting it going ────────────────────────────────────────────────────────────────────────────────────

function quietly(work) {
  return () => work().catch(() => tell('The gateway does not answer.'))
}

function every(ms, work) {
  setInterval(() => {
    if (!document.hidden) work()
  }, ms)
}

for (const button of document.querySelectorAll('button[data-person]')) {
  button.addEventListener(
    'click',
    quietly(() => signIn(button.dataset.person)),
  )
}
find('#sign-out').addEventListener('click', quietly(signOut))
find('#ask').addEventListener(
  'click',
  quietly(() => Promise.all([loadProfile(), loadSeen()])),
)

showOthers()
putFirst(location.hostname.split('.', 1)[0])
quietly(async () => {
  await loadSession()
  if (session?.authenticated) await loadProfile()
  else showFacts(find('#profile'), NOT_ASKED)
  await loadSeen()
})()
every(1000, () => session && showBrowser())
every(2000, quietly(loadSeen))
every(5000, () => {
  if (find('#keep-asking').checked) quietly(loadProfile)()
})
