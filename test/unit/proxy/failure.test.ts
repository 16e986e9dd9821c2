import { errors } from 'undici'
import { describe, expect, it } from 'vitest'
import { errorCode, upstreamFailure } from '../../../src/proxy/failure.ts'

const coded = (code: string) =>
  Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:80'), { code })

describe('what went wrong with an upstream', () => {
  it.each([
    [new errors.ConnectTimeoutError('x'), 'upstream_timeout'],
    [new errors.HeadersTimeoutError('x'), 'upstream_timeout'],
    [coded('ETIMEDOUT'), 'upstream_timeout'],
    [new errors.HeadersOverflowError('x'), 'upstream_invalid'],
    [new errors.ResponseContentLengthMismatchError('x'), 'upstream_invalid'],
    [new errors.HTTPParserError('x'), 'upstream_invalid'],
    [coded('HPE_INVALID_CONSTANT'), 'upstream_invalid'],
    [coded('ERR_INVALID_CHAR'), 'upstream_invalid'],
    [new errors.InvalidArgumentError('x'), 'bad_request'],
    [new errors.SocketError('x'), 'upstream_unreachable'],
    [coded('ECONNREFUSED'), 'upstream_unreachable'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'upstream_unreachable'],
    [new Error('read ECONNRESET'), 'upstream_unreachable'],
    ['a word', 'upstream_unreachable'],
    [undefined, 'upstream_unreachable'],
  ] as const)('%s is %s', (error, failure) => {
    expect(upstreamFailure(error)).toBe(failure)
  })

  it('is told by a code, the deepest there is, and never by a text', () => {
    const refused = coded('ECONNREFUSED')

    expect(errorCode(refused)).toBe('ECONNREFUSED')
    expect(errorCode(new Error('outer 10.0.0.1', { cause: refused }))).toBe('ECONNREFUSED')
    expect(errorCode(new AggregateError([refused, coded('X')], '10.0.0.1'))).toBe('ECONNREFUSED')
    expect(errorCode(new AggregateError([], '10.0.0.1'))).toBe('UNKNOWN')
    expect(errorCode(new Error('10.0.0.1:80'))).toBe('UNKNOWN')
    expect(errorCode('10.0.0.1:80')).toBe('UNKNOWN')
    expect(errorCode({ code: 7 })).toBe('UNKNOWN')
  })
})
