// What stands under a secret's name is hidden in the forms that services and pages have it in.
import { describe, expect, it } from 'vitest'
import { createTextRedactor } from '../../../src/qa/record/redact-text.ts'
import { createSecretBook } from '../../../src/qa/record/secret-book.ts'
import { isSecretName } from '../../../src/qa/record/secret-names.ts'

/** Nothing about it looks like a secret. */
const C = 'Canary-7'
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

const texts = createTextRedactor(createSecretBook(), [])
const bodyOf = (text: string, type = JSON_TYPE) => texts.body(text, type, 'alice', false) ?? ''
const inJson = (value: unknown) => JSON.stringify(value)

describe('a name', () => {
  it.each(
    `backup_codes recoveryCodes pins otps otpcode pincode PinCode userpass userpwd passkey reset_code inviteCode
    confirmation_code one_time_code activation_key signingKeys hmac SAMLResponse x-hmac`
      .split(/\s+/)
      .map((name) => [name]),
  )('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  it.each(
    'zip_code encoder codec decode_time keyboard monkey activation turnkey hotkeys spins time reset'
      .split(' ')
      .map((name) => [name]),
  )('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false)
  })
})

const hidden: ReadonlyArray<[what: string, text: string, type?: string]> = [
  ['the first of two members of one name', `{"password":"${C}","password":null}`],
  ['a member in the first of two of one name', `{"a":{"access_token":"${C}"},"a":1}`],
  ['twins in JSON in a JSON string', inJson({ q: `{"password":"${C}","password":null}` })],
  ['JSON Patch', `[{"op":"replace","path":"/password","value":"${C}"}]`],
  ['SCIM', `{"Operations":[{"op":"Replace","path":"urn:x:User:password","value":"${C}"}]}`],
  ['what changed', `{"field":"password","oldValue":"${C}","new_value":"${C}"}`],
  ['what changed from and to', `{"attribute":"pin","from":"${C}","to":"${C}"}`],
  ['codes of a second factor', `{"backup_codes":["${C}"],"recoveryCodes":["${C}"]}`],
  ['a list of a name and a value', `{"headers":[["Authorization","${C}"],["X-Api-Key","${C}"]]}`],
  ['a list of a name and a value by itself', `[ "password" , "${C}" ]`],
  ['a word behind Bearer', inJson({ h: `Bearer ${C}-abcdefgh-9` })],
  ['a name and password behind Basic', inJson({ h: `Basic ${btoa(`bob:${C}`)}` })],
  ['a form of names and values', `f[0][name]=password&f[0][value]=${C}&name=pin&value=${C}`, FORM],
  ['a plist', `<key>password</key>\n<string>${C}</string>`, 'text/xml'],
  [
    'XML-RPC',
    `<member><name>password</name><value><string>${C}</string></value></member>`,
    'text/xml',
  ],
  ['a row of a table', `<tr><th>Password</th><td>${C}</td></tr>`, 'text/html'],
  ['what a page shows in bold', `<p>Password: <b>${C}</b></p>`, 'text/html'],
  ['what stands behind a bold name', `<p><strong>Password:</strong> ${C}</p>`, 'text/html'],
  ['CDATA with an end tag in it', `<password><![CDATA[</password>${C}]]></password>`, 'text/xml'],
  ['an end tag in a comment', `<password><!-- </password> -->${C}</password>`, 'text/xml'],
  ['an element in one of its name', `<password><password>a</password>${C}</password>`, 'text/xml'],
  ['an attribute on lines of its own', `<a password\n=\n"${C}"/>`, 'text/xml'],
  ['escaped XML', `<x>&lt;password&gt;${C}&lt;/password&gt;</x>`, 'text/xml'],
  ['escaped JSON', `<p data-x="{&quot;password&quot;:&quot;${C}&quot;}">`, 'text/html'],
  ['JSON escaped by number', `<p data-x="{&#34;password&#34;:&#34;${C}&#34;}">`, 'text/html'],
  ['a block string of GraphQL', inJson({ query: `mutation{a(password:"""${C} "x" """)}` })],
  ['a YAML block with a comment', `password: | # typed\n  ${C}\nx: 1\n`, 'application/yaml'],
  [
    'a part with many heads',
    `--b\r\nContent-Disposition: form-data; name="password"\r\n${'X-A: b\r\n'.repeat(8)}\r\n${C}\r\n--b--`,
    'text/plain',
  ],
  ['a column', `name,password,note\nalice,${C},x\n"bob","${C},""y""",z\n`, 'text/csv'],
  ['a column as Excel has it', `sep=;\r\nname;password\r\nalice;${C}`, 'text/csv'],
  ['a column below an empty line', `\n \r\nname,password\nalice,${C}`, 'text/csv'],
  ['a column between semicolons', `name;"Password"\r\nalice;${C}\r\nbob;${C},${C}`, 'text/csv'],
]

describe('a body', () => {
  it.each(hidden)('shows no secret of %s', (...[, text, type]) => {
    expect(bodyOf(text, type)).not.toMatch(/anary|Q2FuYXJ5/)
  })

  it('keeps what stands beside a secret', () => {
    expect(bodyOf('name,password,note\nalice,S,x\n"bob","S, ""y""",z\n', 'text/csv')).toBe(
      'name,password,note\nalice,{{alice.password}},x\n"bob",{{alice.password}},z\n',
    )
    expect(bodyOf('<dict><key>password</key><string>S</string><a>b</a></dict>', 'text/xml')).toBe(
      '<dict><key>password</key><string>{{alice.password}}</string><a>b</a></dict>',
    )
    expect(bodyOf('<p>Password: <b>S</b> Name: <b>bob</b></p>', 'text/html')).toBe(
      '<p>Password: <b>{{alice.password}}</b> Name: <b>bob</b></p>',
    )
    expect(
      bodyOf('<p data-x="{&quot;pin&quot;:&quot;S&quot;,&quot;a&quot;:1}">', 'text/html'),
    ).toBe('<p data-x="{&quot;pin&quot;:&quot;{{alice.pin}}&quot;,&quot;a&quot;:1}">')
    expect(bodyOf('{"op":"replace","path":"/password","value":"S","a":1}')).toBe(
      '{"op":"replace","path":"/password","value":"{{alice.password}}","a":1}',
    )
    expect(bodyOf('a=1&name=pin&value=S&name=colour&value=red', FORM)).toBe(
      'a=1&name=pin&value={{alice.pin}}&name=colour&value=red',
    )
  })

  it.each<[text: string, type?: string]>([
    ['{"a":1.50,"a\\u0062":"x = y","list":[["colour","red"],["a","b"]]}'],
    ['{"path":"/users/1","value":"red","from":"a","to":"b"}'],
    ['{"a":"Basic information-about-it","b":"Bearer authentication-is-asked-for"}'],
    ['name,colour\nalice,"red, or ""blue"""\n', 'text/csv'],
    [
      '<name>colour</name><string>red</string><p>a: <b>c</b> &lt;i&gt; &amp; &quot;x&quot;',
      'text/xml',
    ],
    ['f[0][name]=colour&f[0][value]=red&name=a&value=b', FORM],
  ])('keeps %s', (text, type) => {
    expect(bodyOf(text, type)).toBe(text)
  })
})
