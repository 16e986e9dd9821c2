// What is written down of a text: no secret that its name gives away or that is known, in whatever it stands.
import { describe, expect, it } from 'vitest'
import { createMarkers } from '../../../src/qa/leaks/markers.ts'
import { createRedactor } from '../../../src/qa/leaks/redact.ts'
import { createEntries } from '../../../src/qa/record/entry.ts'
import { createPersonaNames } from '../../../src/qa/record/persona-names.ts'
import { createHeaderRedactor } from '../../../src/qa/record/redact-headers.ts'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { isSecretName } from '../../../src/qa/record/secret-names.ts'

type Seen = Parameters<ReturnType<typeof createEntries>>[0]

const SESSION = {
  ticket: { text: 't'.repeat(40) },
  record: { ref: 'r', sub: 'alice', device: 'x' },
  content: { name: 'alice', tokens: {} },
} as unknown as NonNullable<Seen['session']>
const NOTHING = { bytes: Buffer.alloc(0), size: 0 }
const CALL: Seen = {
  requestId: 'x',
  route: '/api/*',
  method: 'POST',
  url: '/api/a',
  origin: 'http://localhost:3000',
  startedAt: 1_790_000_000_000,
  endedAt: 1_790_000_000_003,
  began: 0,
  ended: 1,
  session: SESSION,
  requestHeaders: [],
  requestBody: NOTHING,
  status: 200,
  responseHeaders: [],
  responseBody: NOTHING,
  cut: undefined,
}

/** Nothing about it looks like a secret. */
const CANARY = 'Canary-7'

const JSON_TYPE = 'application/json'
const PAD = `"pad":"${'x '.repeat(9000)}"`

function redactor(cut = false, named: readonly string[] = []) {
  const texts = createTextRedactor(createSecretBook(), named)
  return {
    texts,
    body: (text: string, type = JSON_TYPE) => texts.body(text, type, 'alice', cut) ?? '',
    url: (url: string) => texts.url(url, 'alice'),
  }
}

describe('a name', () => {
  it.each(
    `password Password user_password newPassword passwd pwd pw pass user_pass passphrase passcode PASSCODE db.password
    password2 secret client_secret clientSecret token accessToken ACCESS_TOKEN refresh_token id-token csrf_token
    csrfmiddlewaretoken _csrf X-XSRF-TOKEN jwt otp otp_code otpCode totp pin pinCode user_pin PIN1 sid connect.sid
    sessionId session_id PHPSESSID JSESSIONID session api_key apiKey api.key api-key APIKEY X-Api-Key access_key
    privateKey credentials bearer auth X-Auth auth_code verification_code authorization code_verifier assertion
    pass\\u0077ord pass%77ord %2574oken pass%77ord%zz user[password] user%5Bpin%5D code key refresh`
      .split(/\s+/)
      .map((name) => [name]),
  )('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each(['api key', 'session id', 'x api key', 'the password'])('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each(
    `name username owner email compass passenger inside spinner pinned opinion author zip_code country_code
    status_code keyboard primary_key_name sessions_open assignee design x-request-id content-type`
      .split(/\s+/)
      .map((name) => [name]),
  )('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false)
  })

  it('is one where the configuration says so, in any spelling of its words', () => {
    const { body } = redactor(false, ['x-tenant-id', 'iban'])

    const shown = body('{"xTenantId":"a1","X_Tenant_Id":"b2","IBAN":"c3","tenant":"d4"}')

    expect(shown).toBe(
      '{"xTenantId":"{{alice.xtenantid}}","X_Tenant_Id":"{{alice.x_tenant_id}}","IBAN":"{{alice.iban}}","tenant":"d4"}',
    )
  })
})

const C = CANARY
const inJson = (value: unknown) => JSON.stringify(value)
const bodies: ReadonlyArray<[what: string, text: string, type?: string]> = [
  ['an escaped name', `{"pass\\u0077ord":"${C}"}`],
  ['an escaped name in JSON with its end missing', `{"pass\\u0077ord":"${C}",${PAD},"x":`],
  ['an escaped name in broken JSON', `{"pass\\u0077ord":"${C}",,}`],
  ['a name with a space', `{"api key":"${C}"}`],
  ['a name with a dot', `{"api.key":"${C}"}`],
  ['words of a name', `{"otp_code":"${C}","pinCode":"${C}","user_pin":"${C}"}`],
  ['a list and a mapping', `{"tokens":["${C}"],"secrets":{"a":{"b":"${C}"}}}`],
  ['JSON in a JSON string', inJson({ q: inJson({ password: C }) })],
  ['JSON in JSON in a JSON string', inJson({ q: inJson({ r: inJson({ password: C }) }) })],
  ['JSON as a JSON string', inJson(inJson({ password: C }))],
  ['a form in a JSON string', inJson({ q: `a=1&token=${C}` })],
  ['parts with semicolons in a JSON string', inJson({ q: `a=1;token=${C}` })],
  ['XML in a JSON string', inJson({ q: `<password>${C}</password>` })],
  ['YAML in a JSON string', inJson({ q: `a: 1\npassword: ${C}\n` })],
  ['an address in a JSON string', inJson({ q: `http://bob:${C}@h/` })],
  ['an encoded address in a JSON string', inJson({ q: `/login?next=%2Fcb%3Ftoken%3D${C}` })],
  ['GraphQL', inJson({ query: `mutation{login(user:"a",password:"${C}"){id}}` })],
  ['GraphQL by itself', `mutation{login(user:"a",password:"${C}"){id}}`, 'application/graphql'],
  ['GraphQL with spaces', `mutation { login(password: "${C} ${C}") { id } }`, 'text/plain'],
  ['escaped JSON as text', `{\\"password\\":\\"${C}\\",\\"a\\":1}`, 'text/plain'],
  ['JSON escaped twice as text', `{\\\\\\"password\\\\\\":\\\\\\"${C}\\\\\\"}`, 'text/plain'],
  ['single quotes', `{'password':'${C}','a':1}`],
  ['names without quotes', `{password:"${C}",a:1}`],
  ['values without quotes', `{"password":${C},a:1}`],
  ['an escaped quote in the value', `{"password":"ab\\"${C}-rest","a":}`],
  ['broken nested JSON', `{"a":1,"secrets":["x",{"y":"${C}"}],`],
  ['a pair of name and value', `[{"name":"password","value":"${C}"}]`],
  ['a pair the other way round', `[{"value":"${C}","name":"password"}]`],
  ['a pair of key and value', `[{"key":"api_key","value":"${C}"}]`],
  ['a pair in broken JSON', `[{"name":"password","value":"${C}"},`],
  [
    'a form',
    `a=1&pass%77ord=${C}&pass%77ord%zz=${C}&%2574oken=${C}`,
    'application/x-www-form-urlencoded',
  ],
  [
    'JSON in a form',
    `q=${encodeURIComponent(inJson({ password: C }))}`,
    'application/x-www-form-urlencoded',
  ],
  [
    'a form in a form',
    `q=${encodeURIComponent(`a=1&token=${C}`)}`,
    'application/x-www-form-urlencoded',
  ],
  ['a form as text', `q=${encodeURIComponent(`a=1&token=${C}`)}`, 'text/plain'],
  ['an element with attributes', `<a><password type="x">${C}</password></a>`, 'text/xml'],
  ['an element with a prefix', `<n:password>${C}</n:password>`, 'application/xml'],
  ['CDATA', `<password><![CDATA[<${C}>]]></password>`, 'application/soap+xml'],
  ['an element in an element', `<secrets><a>${C}</a><b>${C}</b></secrets>`, 'text/xml'],
  ['attributes of an element', `<password otp="${C}" a="b">${C}</password>`, 'text/xml'],
  ['an entry', `<entry key="password">${C}</entry><string name='pin'>${C}`, 'text/xml'],
  ['a text area', `<textarea name="secret">${C}</textarea>`, 'text/html'],
  ['a property', `<property name="db.password" value="${C}"/>`, 'text/xml'],
  ['a property the other way round', `<add value='${C}' key='apiKey'/>`, 'text/xml'],
  ['an attribute', `<db url="x" password="${C} ${C}">`, 'text/xml'],
  ['a field of a page', `<input type=password name=password value=${C}>`, 'text/html'],
  ['a hidden field', `<input name=csrf_token value="${C}">`, 'text/html'],
  ['a hidden field the other way round', `<input value="${C}" name="csrf_token">`, 'text/html'],
  ['what a page says of itself', `<meta name=csrf-token content=${C}>`, 'text/html'],
  ['a script of a page', `<script>window.csrfToken = "${C}"</script>`, 'text/html'],
  ['a script', `const config = { apiKey: '${C}', token: \`${C}\` }`, 'text/javascript'],
  ['YAML', `user: bob\npassword: ${C} ${C}\nx: 1\n`, 'application/yaml'],
  ['a YAML block', `password: |\n  one ${C}\n\n  two ${C}\nx: 1\n`, 'text/plain'],
  ['a YAML list', `secrets:\n  - ${C}\n  - ${C}\nx: 1\n`, 'text/yaml'],
  ['a YAML mapping', `a:\n  secrets:\n    b: ${C}\n    c: ${C}\n  x: 1\n`, 'text/yaml'],
  ['several words', `password: two ${C}`, 'text/plain'],
  ['prose', `The API key: ${C}\nyour password is: ${C}`, 'text/plain'],
  ['settings', `DB_PASSWORD=${C}\nexport API_KEY="${C} x"\nsecret = ${C}`, 'text/plain'],
  ['headers', `Authorization: Basic ${C}\r\nX-Api-Key: ${C}\r\n`, 'text/plain'],
  ['a hash rocket', `{ 'password' => '${C}', :token => "${C}" }`, 'text/plain'],
  [
    'parts of a form with files',
    `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${C}\r\n--b--`,
    'text/plain',
  ],
  ['an address in a text', `see http://bob:${C}@h/x and //bob:${C}@h/`, 'text/plain'],
]

describe('a body', () => {
  it.each(bodies)('shows no secret of %s', (...[, text, type]) => {
    for (const cut of [false, true]) {
      expect(redactor(cut).body(text, type)).not.toContain('anary')
    }
  })

  it('keeps what is no secret', () => {
    const { body } = redactor()
    const plain = [
      '{"name":"alice","at":"12:30","link":"https://h:80/a?b=c&d=e@f","text":"a = b; c: d"}',
      '{"a":[1,2.50,12345678901234567890],"b":"<p class=\\"x\\">hi</p>"}',
      '[{"name":"colour","value":"red"}]',
    ]
    for (const text of plain) expect(body(text)).toBe(text)
    const page = '<p class="x">a: b</p><input name=colour value=red><a href="https://h/@x">y</a>'
    expect(body(page, 'text/html')).toBe(page)
    expect(body('a=1&b=c%3Ad+e', 'application/x-www-form-urlencoded')).toBe('a=1&b=c%3Ad+e')
  })

  it('keeps what stands beside a secret', () => {
    const { body } = redactor()

    expect(body(`{'password':'${C}','name':'bob'}`)).toBe(
      "{'password':'{{alice.password}}','name':'bob'}",
    )
    expect(body(`<password>${C}</password><name>bob</name>`, 'text/xml')).toBe(
      '<password>{{alice.password}}</password><name>bob</name>',
    )
    expect(body(`password: |\n  ${C}\nname: bob\n`, 'text/yaml')).toContain('name: bob')
    expect(redactor(true).body(`{"password":"${C}","name":"bob","note":"half of`)).toContain(
      '"name":"bob"',
    )
  })
})

describe('an address', () => {
  it.each([
    `/a?next=/cb?access_token=${C}`,
    `/a?q={"password":"${C}"}`,
    `/a?q=${encodeURIComponent(inJson({ password: C }))}`,
    `/a?q=a=1;token=${C}`,
    `/a?%2574oken=${C}`,
    `/a?pass%77ord%zz=${C}`,
    `/a;token=${C}/b`,
    `/login?next=%2Fcb%3Ftoken%3D${C}`,
    `/login?next=%252Fcb%253Ftoken%253D${C}`,
    `/login/%2Fcb%3Ftoken%3D${C}`,
    `http://bob:p/${C}@h/`,
    `http://bob:${C}@h/x`,
    `//bob:${C}@h/x`,
    `/a?u=http://bob:${C}@h/`,
    `/a?u=${encodeURIComponent(`http://bob:${C}@h/`)}`,
    `/a#/cb?code=${C}`,
    `/a?api+key=${C}`,
  ])('%s shows no secret', (url) => {
    expect(redactor().url(url)).not.toContain('anary')
  })

  it.each(['/api/user?page=2&q=a%20b+c', 'http://h:80/a/@b?c=d', '/a/2f1c?from=12:30#top'])(
    '%s stays as it is',
    (url) => {
      expect(redactor().url(url)).toBe(url)
    },
  )
})

describe('a header', () => {
  it.each([
    ['accept', `text/html;token=${C}`],
    ['prefer', `token=${C}`],
    ['etag', `"token=${C}"`],
    ['content-type', `text/plain; token=${C}`],
    ['user-agent', `x (password: ${C})`],
    ['content-disposition', `attachment; filename="token=${C}"`],
    ['x-auth', C],
    ['x-csrf', `${C}${C}`],
    ['x-requested-with', `${C}${C}`],
    ['location', `/x?token=${C}`],
    ['referer', `http://bob:${C}@h/`],
  ])('%s: %s shows no secret', (name, value) => {
    const headers = createHeaderRedactor(redactor().texts, [], createSecretBook())

    expect(headers([name, value], 'alice')).not.toContain('anary')
  })
})

describe('a known password', () => {
  const password = 'tulip-9"x'
  function hide(text: string, type = 'text/plain') {
    const book = createSecretBook()
    book.add(password, '{{bob.password}}')
    return createTextRedactor(book, []).body(text, type, 'alice', false) ?? ''
  }

  it.each([
    `it is ${password}!`,
    inJson({ a: `it is ${password}` }),
    inJson({ a: inJson({ b: password }) }),
    `Basic ${btoa(`bob:${password}`)}`,
    btoa(password),
    btoa(`somebody@example.org:${password}`),
    encodeURIComponent(password),
    password.toUpperCase(),
  ])('is hidden in %s', (text) => {
    const shown = hide(text)

    expect(shown).toContain('{{bob.password}}')
    expect(shown.toLowerCase()).not.toContain('tulip')
  })

  it('is hidden as a whole value only where it is a word that anybody writes', () => {
    const book = createSecretBook()
    book.add('tulip', '{{bob.password}}')
    const { body } = createTextRedactor(book, [])

    expect(body('{"a":"tulip","b":"a tulip!"}', JSON_TYPE, 'alice', false)).toBe(
      '{"a":"{{bob.password}}","b":"a tulip!"}',
    )
  })

  it('is no part of another word, and no field that is no secret', () => {
    const book = createSecretBook()
    book.add('tulip9', '{{bob.password}}')
    book.add('main-9', '{{bob.provider}}')
    const { text } = createTextRedactor(book, [])

    expect(text('tulip99 atulip9 main-9 (tulip9)')).toBe(
      'tulip99 atulip9 main-9 ({{bob.password}})',
    )
  })
})

describe('a report of leaks', () => {
  const markers = createMarkers()
  const secret = { owner: 'bob', kind: 'profile' } as const
  markers.add({ ...secret, text: 'CUTPW-"9', label: '{{bob.password}}' })
  markers.add({ owner: 'bob', kind: 'cookie', text: 'sidOfBob7', label: '{{bob.cookie.sid}}' })
  markers.add({ owner: 'bob', kind: 'name', text: 'bob' })

  it.each([
    [btoa('CUTPW-"9')],
    [`Basic ${btoa('bob:CUTPW-"9')}`],
    [inJson({ a: inJson({ b: 'CUTPW-"9' }) })],
    ['cutpw-"9 CUTPW-"9'],
    ['xsidOfBob7y'],
    [`{"password":"ab\\"${C}-rest"}`],
    [inJson({ a: inJson({ token: C }) })],
    [`{"refresh":"${C}"}`],
    [`{"a":1,"token":"${C}"`],
    [inJson({ [C.slice(0, 1)]: 'x', passphrase: [C] })],
    [C, 'x-auth'],
    [`/x?token=${C}`, 'location'],
    [`http://bob:${C}@h/`, 'location'],
    [`=${C}; Path=/`, 'set-cookie'],
    [C, 'set-cookie'],
    [`a=${C}; Path=/?token=${C}`, 'set-cookie'],
    [`a=${C}; b=${C}`, 'cookie'],
    [`Basic ${btoa(C)}`, 'authorization'],
  ])('holds no secret of %s %s', (text, header = '') => {
    const { keep } = createRedactor(markers)
    const headers = header === '' ? ['content-type', JSON_TYPE] : [header, text]

    const { message } = keep({ headers, body: header === '' ? text : '' }, () => true)

    const shown = JSON.stringify(message)
    for (const hidden of [C, 'CUTPW', 'sidOfBob7', btoa('CUTPW-"9'), btoa(C)])
      expect(shown).not.toContain(hidden)
  })

  it('marks what belongs to others, labelled or not', () => {
    const { keep } = createRedactor(markers)

    const { message, marks } = keep(
      {
        headers: ['content-type', JSON_TYPE],
        body: '{"sid":"sidOfBob7","a":"xsidOfBob7","b":"bob"}',
      },
      () => true,
    )

    expect(message.body).toBe('{"sid":"{{bob.cookie.sid}}","a":"x{{bob.cookie.sid}}","b":"bob"}')
    const marked = marks.map(({ at, length }) => message.body.slice(at, at + length))
    expect(marked).toEqual(['{{bob.cookie.sid}}', '{{bob.cookie.sid}}', 'bob'])
  })
})

describe('an entry', () => {
  function recording() {
    const lineOf = createEntries({
      book: createSecretBook(),
      redact: [],
      bodyBytes: 16_384,
      personas: createPersonaNames(new Map()),
      owners: new Map(),
    })
    return (seen: Partial<Seen>) => lineOf({ ...CALL, ...seen })
  }
  const bodyOf = (bytes: Buffer) => ({ bytes, size: bytes.length })
  const typed = (fields: object) => bodyOf(Buffer.from(inJson(fields)))
  const signIn = { begun: SESSION, account: 'alice' }

  it.each([
    ['UTF-16LE', Buffer.from(`\ufeff${inJson({ password: C })}`, 'utf16le'), ''],
    ['UTF-16LE without a mark', Buffer.from(inJson({ password: C }), 'utf16le'), ''],
    ['UTF-16BE', Buffer.from(inJson({ password: C }), 'utf16le').swap16(), ''],
    ['UTF-16, said', Buffer.from(inJson({ password: C }), 'utf16le'), '; charset=utf-16le'],
    ['an unknown character set', Buffer.from(inJson({ password: C })), '; charset=nobody-has-it'],
  ])('holds no secret of a body in %s', (_, bytes, charset) => {
    const responseHeaders = ['content-type', `application/json${charset}`]

    const line = recording()({ responseHeaders, responseBody: bodyOf(bytes) })

    expect(line.replaceAll('\\u0000', '')).not.toContain('anary')
  })

  it('holds no password that is the name of its account', () => {
    const line = recording()({
      signIn,
      requestBody: typed({ username: 'alice', password: 'alice' }),
    })

    const { text } = JSON.parse(line).request.postData
    expect(JSON.parse(text)).toEqual({ username: 'alice', password: '{{alice.password}}' })
    // Elsewhere nobody can tell the two.
    expect(JSON.parse(line)._persona).toBe('alice')
  })

  it('holds no password in what was harmless before somebody typed it', () => {
    const record = recording()
    const same = {
      url: '/api/tulip-9',
      requestHeaders: ['User-Agent', 'tulip-9'],
      responseHeaders: ['content-type', 'text/plain; for=tulip-9'],
    }
    const before = [record(same), record(same)]

    const first = record({
      ...same,
      signIn,
      requestBody: typed({ username: 'alice', password: 'tulip-9' }),
    })
    const later = record(same)

    expect(before[1]).toContain('"value":"tulip-9"')
    expect(first + later).not.toContain('tulip')
  })

  it('holds no password that was right, in the answer to it or any later one', () => {
    const record = recording()
    const responseHeaders = ['content-type', 'application/json']
    const echo = bodyOf(Buffer.from('{"said":"xtulip-9x, tulip-9"}'))

    const first = record({
      signIn,
      requestBody: typed({ username: 'alice', password: 'tulip-9' }),
      responseHeaders,
      responseBody: echo,
    })
    const later = record({
      url: '/a?q=tulip-9',
      responseHeaders,
      responseBody: bodyOf(Buffer.from('{"said":"no tulip-9"}')),
    })

    expect(first + later).not.toContain('tulip')
  })

  it('takes nothing that was refused for a secret of anybody', () => {
    const record = recording()
    record({
      signIn: { begun: undefined, account: 'alice' },
      requestBody: typed({ username: 'alice', password: 'colour-7' }),
    })

    const line = record({
      responseHeaders: ['content-type', 'application/json'],
      responseBody: bodyOf(Buffer.from('{"a":"colour-7"}')),
    })

    expect(line).toContain('colour-7')
  })
})

describe('however a text repeats itself', () => {
  const repeated = [
    'token',
    '"token',
    'a-token-',
    'token:',
    'token=',
    '"token":',
    '"token":"',
    "'token':'",
    '\\"token\\":\\"',
    'eyJ.',
    'eyJaaaaaa.',
    'eyJ',
    '%25',
    '%2525',
    '%3D',
    '%22',
    '%253D',
    '"',
    "'",
    '\\',
    '\\"',
    '\\\\"',
    '=',
    ':',
    '": "',
    '<',
    '<a ',
    '<a "',
    '<a b="',
    '<token',
    '<token>',
    '</token>',
    '<token ',
    '<![CDATA[',
    '{',
    '[',
    '}',
    '[{"name":"',
    '"name":"pin",',
    'name=pin ',
    'name="pin"\n\n',
    '//',
    '//a',
    '//a@',
    '//a:b@',
    '@',
    'http://a:b',
    ' ',
    '\n',
    'token:\n',
    'token: |\n ',
    'a ',
    'a:',
    'a=',
    'a:b@',
    '&a',
    ';a=',
    'a=b&',
    '+',
    '.',
    '-',
    '_',
    'aaaaaaaaa',
    'alice bob ',
    'tulip9',
    'tuli',
    '\\u0074',
    'a\\',
    '{{',
    '{{a.b}}',
    '["pin",',
    '<key>pin</key>',
    'pin: <b>',
    'pin="""a',
    '&lt;token&gt;',
    '&amp;amp;',
    '&#80;',
    '%c3%a9',
    'Bearer aaaaaaaaaaaaaaa1 ',
    '<token><!--',
    'name=pin&value=a&',
    'pin,',
    `<td>${' '.repeat(200)}`,
    `<td>x${' '.repeat(63)}`,
    'bbbbbbbbb',
    '\\\\\\\\',
  ]
  const SIZE = 256 * 1024
  const book = createSecretBook()
  book.add('tulip9', '{{bob.password}}')
  book.add('a'.repeat(40), '{{bob.token}}')
  book.add(`${'b'.repeat(4000)}!`, '{{bob.password}}')
  const texts = createTextRedactor(book, [])
  const types = [JSON_TYPE, 'application/x-www-form-urlencoded', 'text/plain', 'text/csv']
  /** Milliseconds of this thread alone, however busy the machine is. */
  const took = (text: string) => {
    const from = process.threadCpuUsage()
    for (const type of types) texts.body(text, type, 'alice', false)
    texts.body(`${text} `, JSON_TYPE, 'alice', true)
    texts.body(inJson({ a: text }), JSON_TYPE, 'alice', false)
    texts.url(text, 'alice')
    const { user, system } = process.threadCpuUsage(from)
    return (user + system) / 1000
  }

  it.each(repeated.map((piece) => [piece]))('it takes no longer than its length: %j', (piece) => {
    // What grows faster than the text shows itself before it takes minutes.
    for (const size of [SIZE / 16, SIZE / 4, SIZE]) {
      expect(took(piece.repeat(size / piece.length))).toBeLessThan((7 * 200 * size) / SIZE + 50)
    }
  })

  it.each([
    ['a long name in a form', (size: number) => `${'x'.repeat(size)}].=1`],
    ['one with a bracket', (size: number) => `${'x'.repeat(size)}[=1`],
    ['one element', (size: number) => `<td>${' '.repeat(size)}`],
    [
      'names of backslashes, each another',
      (size: number) =>
        Array.from({ length: size / 150 }, (_, nth) => `${'\\'.repeat(145)}${nth}=`).join(''),
    ],
  ])('nor of a piece that does not come again: %s', (_, textOf) => {
    for (const size of [SIZE / 16, SIZE / 4]) {
      expect(took(textOf(size))).toBeLessThan((7 * 200 * size) / SIZE + 50)
    }
  })
})
