import { describe, expect, it } from 'vitest'
import { type DownwardRules, readAnswerHead } from '../../../src/proxy/answer-headers.ts'

const rules: DownwardRules = { cache: 'no-store', cookies: [], mapLocation: () => undefined }
const read = (...raw: string[]) => readAnswerHead(raw, rules)

describe('an answer’s head', () => {
  it('tells the length of the body where there is one number', () => {
    expect(read('Content-Length', '12').contentLength).toBe(12)
    expect(read('content-length', '0').contentLength).toBe(0)
    expect(read('CONTENT-LENGTH', '1e3').contentLength).toBeUndefined()
    expect(read('X', '12').contentLength).toBeUndefined()
  })

  it('knows an event stream by its media type alone', () => {
    expect(read('Content-Type', 'Text/Event-Stream; charset=utf-8').eventStream).toBe(true)
    expect(read('content-type', 'text/event-stream').eventStream).toBe(true)
    expect(read('content-type', 'text/event-streams').eventStream).toBe(false)
    expect(read('content-type', 'application/json; x=text/event-stream').eventStream).toBe(false)
  })

  it('knows a coding that cannot be passed on', () => {
    const coded = (value: string) => read('Transfer-Encoding', value).coded

    expect([coded('chunked'), coded('Chunked'), coded('identity')]).toEqual([false, false, false])
    expect([coded('gzip, chunked'), coded('gzip'), coded('')]).toEqual([true, true, true])
    expect(read('Transfer-Encoding', 'gzip', 'Transfer-Encoding', 'chunked').coded).toBe(true)
  })
})
