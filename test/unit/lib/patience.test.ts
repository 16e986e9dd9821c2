import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createPatience } from '../../../src/lib/patience.ts'
import { manualClock } from '../../support/clock.ts'

function setUp(ms = 800) {
  const clock = manualClock()
  const patience = createPatience({ clock, ms, tooLate: () => new Error('too late') })
  /** Lets time pass as it does where nothing stands still. */
  const pass = async (long: number) => {
    for (let passed = 0; passed < long; passed += 50) {
      clock.advance(50)
      await setImmediate()
    }
  }
  const told: string[] = []
  const wait = (work: Promise<string>) =>
    patience
      .wait(work, (value) => told.push(`after all: ${value}`))
      .then(
        (value) => told.push(value),
        (error: Error) => told.push(error.message),
      )
  return { clock, patience, pass, wait, told }
}

describe('patience', () => {
  it('hands on what comes in time, yes or no', async () => {
    const { wait, told, patience } = setUp()

    await wait(Promise.resolve('yes'))
    await wait(Promise.reject(new Error('no')))

    expect(told).toEqual(['yes', 'no'])
    expect(patience.waiting).toBe(0)
  })

  it('ends after its time, not much sooner, for each by itself', async () => {
    const { wait, told, pass, patience } = setUp()
    wait(new Promise(() => {}))

    await pass(600)
    expect(told).toEqual([])
    wait(new Promise(() => {}))
    await pass(200)
    expect(told).toEqual(['too late'])
    await pass(450)
    expect(told).toEqual(['too late'])
    await pass(150)

    expect(told).toEqual(['too late', 'too late'])
    expect(patience.waiting).toBe(0)
  })

  it('tells what came after all, once', async () => {
    const { wait, told, pass } = setUp()
    const late = Promise.withResolvers<string>()
    wait(late.promise)

    await pass(800)
    late.resolve('here')
    await setImmediate()

    expect(told).toEqual(['too late', 'after all: here'])
  })

  it('does not end for what could not answer because this process stood still', async () => {
    const { clock, wait, told, pass } = setUp()
    const answer = Promise.withResolvers<string>()
    wait(answer.promise)

    await pass(700)
    clock.jump(60_000)
    await setImmediate()
    answer.resolve('here')
    await setImmediate()

    expect(told).toEqual(['here'])
  })

  it('takes a clock that runs ahead in one go for one moment, in which nobody could answer', async () => {
    const { clock, wait, told } = setUp()
    const answer = Promise.withResolvers<string>()
    wait(answer.promise)

    clock.advance(60_000)
    await setImmediate()
    answer.resolve('here')
    await setImmediate()

    expect(told).toEqual(['here'])
  })
})
