// What is somebody's is found however it is written, and a number that is the same by chance is nobody's.
import { describe, expect, it } from 'vitest'
import { createMarkers, type Marker } from '../../../src/qa/leaks/markers.ts'
import { isIdName } from '../../../src/qa/leaks/numbers.ts'

function foundBy(...own: readonly Partial<Marker>[]): (text: string) => string[] {
  const markers = createMarkers()
  for (const one of own) markers.add({ owner: 'bob', text: '', kind: 'profile', ...one })
  return (text) => markers.scan(text).map(({ at, length }) => text.slice(at, at + length))
}

describe('an id of many digits', () => {
  const found = foundBy({ text: '902217', id: 'id' })

  it.each([
    '{"items":[{"accountId":902217}]}',
    '{"owner":"902217"}',
    '{"members": [471123, 902217,5]}',
    '{"user":{"id":902217}}',
    '<a href="/users/902217">',
    'Customer no. 902217',
  ])('is found in %s', (text) => {
    expect(found(text)).toEqual(['902217'])
  })

  it.each([
    '{"total":902217}',
    '{"createdAt":902217}',
    '{"price":902217.5}',
    '{"size_bytes":902217}',
    '{"requestId":902217}',
    '{"orderId":902217}',
    '{"id":902217}',
    '{"quoteId":902217}',
    '{"requestsPerUser":902217}',
    'Requests per user: 902217',
    '{"validFor":902217}',
    '{"users":902217}',
    '{"points":[1,902217,3]}',
    '{"accountId":1902217}',
    '{"accountId":9022170}',
    '{"delta":-902217}',
    '{"text":"902217 views"}',
    'Page views: 902217',
    'Total $902217',
  ])('is nobody’s in %s', (text) => {
    expect(found(text)).toEqual([])
  })

  it('needs the name of a person, however long it is', () => {
    const long = foundBy({ text: '471100902217', id: 'id' })

    expect(long('{"accountId":471100902217}')).toEqual(['471100902217'])
    expect(long('{"ref":471100902217} see 471100902217 {"id":471100902217}')).toEqual([])
  })
})

describe('an id of few digits', () => {
  it('counts only where the answer says that it is somebody', () => {
    const found = foundBy({ text: '47', id: 'customerNo', declared: true })

    expect(found('{"ownerId":47}')).toEqual(['47'])
    expect(found('{"customer_no":"47"}')).toEqual(['47'])
    expect(found('{"user":{"id":47}}')).toEqual(['47'])
    expect(found('{"id":47}{"count":47}{"orderId":47} 47 users/47')).toEqual([])
  })

  it('is not looked for where nothing says that it is an id', () => {
    expect(foundBy({ text: '4711' })('{"ownerId":4711}')).toEqual([])
  })
})

it.each([
  ['id', true],
  ['accountId', true],
  ['customer_no', true],
  ['ownerID', true],
  ['requestId', false],
  ['balance', false],
  ['createdAt', false],
  ['paid', false],
])('the name %s is that of an id: %s', (name, isId) => {
  expect(isIdName(name)).toBe(isId)
})

describe('a mail address', () => {
  const found = foundBy({ text: 'Bob.B@corp.example' })

  it.each([
    'BOB.B@CORP.EXAMPLE',
    'bob.b@corp.example',
    'Bob.B@Corp.Example',
    'bob.b%40corp.example',
    'bob.b\\u0040corp.example',
    'BOB.B&#64;corp.example',
  ])('is found as %s', (text) => {
    expect(found(`{"m":"${text}"}`)).toEqual([text])
  })

  it.each(['bob.b@corp.example.org', 'notbob.b@corp.example', 'BOB.B@CORP'])(
    'is not found in %s',
    (text) => {
      expect(found(text)).toEqual([])
    },
  )
})

describe('base64', () => {
  const found = foundBy({ text: 'bob@corp.example' }, { text: 'bob', kind: 'name' })
  const packed = (text: string, as: BufferEncoding) => Buffer.from(text).toString(as)

  it.each(['base64', 'base64url'] as const)('is searched, as %s', (as) => {
    const cursor = packed('{"after":"bob@corp.example","n":12}', as)

    expect(found(`{"cursor":"${cursor}"}`)).toEqual([cursor.replace(/=+$/, '')])
  })

  it('says nothing by a short name, or where it is no text', () => {
    expect(found(packed('{"after":"bob","n":12345}', 'base64'))).toEqual([])
    expect(found(Buffer.alloc(60, 0xb7).toString('base64'))).toEqual([])
  })
})
