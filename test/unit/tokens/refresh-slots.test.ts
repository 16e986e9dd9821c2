import { expect, it } from 'vitest'
import { createSlots } from '../../../src/tokens/refresh-slots.ts'

function setUp(atOnce: number) {
  const slots = createSlots(atOnce)
  const begun: string[] = []
  const enter = (name: string, waitedFor: boolean) => {
    const place = slots.enter(waitedFor)
    void place.turn.then(() => begun.push(name))
    return place
  }
  const quiet = () => new Promise((resolve) => setImmediate(resolve))
  return { begun, enter, quiet }
}

it('so many begin at once, the others one by one as slots are given back', async () => {
  const { begun, enter, quiet } = setUp(2)
  const places = ['a', 'b', 'c', 'd'].map((name) => enter(name, true))
  await quiet()
  const atFirst = [...begun]

  places[0]?.leave()
  places[0]?.leave()
  await quiet()

  expect(atFirst).toEqual(['a', 'b'])
  expect(begun).toEqual(['a', 'b', 'c'])
})

it('who is waited for goes first, also who was hurried later, each of them once', async () => {
  const { begun, enter, quiet } = setUp(1)
  const first = enter('first', true)
  const places = [enter('ahead 1', false), enter('ahead 2', false), enter('waited for', true)]
  places[1]?.hurry()

  for (const place of [first, places[2], places[1], places[0]]) {
    await quiet()
    place?.leave()
  }
  await quiet()

  expect(begun).toEqual(['first', 'waited for', 'ahead 2', 'ahead 1'])
})
