// The examples of "In your own tests" run as they are printed.
import { afterAll, describe, expect, it } from 'vitest'
import { openExample } from '../support/docs-code.ts'

const HEADING = 'In your own tests'

describe('docs/qa.md, the first example', () => {
  it('shows what its comments say', async () => {
    const also = 'export { broken, gateway, over, own, renewed }'
    await using example = await openExample(HEADING, 'coatcheck/testing', { also })

    const { own, renewed, broken, over, gateway } = await import(example.file)

    expect(own).toMatchObject({ status: 200, problem: undefined })
    expect(own.json().username).toBe('alice')
    expect(renewed.status).toBe(200)
    expect(gateway.upstream.control.count('POST', '/refresh')).toBeGreaterThan(0)
    expect([broken.problem, over.problem]).toEqual(['upstream_unreachable', 'session_ended'])
  })
})

// It brings tests of its own, which run here.
const example = await openExample(HEADING, 'vitest')
await import(example.file)
afterAll(() => example[Symbol.asyncDispose]())
