// The founding bug, and its end: the same histories through a gateway written as BridgeInTech's API was, and through
// Coatcheck.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  garbage,
  laterSignIn,
  manySameMoments,
  restart,
  sameMoment,
  takingTurns,
  tokensInSight,
  twentyAtOnce,
  writeMeanwhile,
} from '../support/shared-cookie-histories.ts'
import { type House, openCoatcheckHouse, openJarHouse } from '../support/shared-cookie-houses.ts'
import { storeKinds } from '../support/stores.ts'

const ROUNDS = 200

describe('one cookie jar for everybody', () => {
  it('throws A out when B signs in: 401 "The token is invalid!"', async () => {
    await using house = await openJarHouse()

    expect(await laterSignIn(house)).toEqual({
      'A, alone': 'her own',
      'A, once B is there': '401 The token is invalid!',
      B: 'her own',
    })
  })

  it("shows B A's profile when both sign in at the same moment", async () => {
    await using house = await openJarHouse()

    expect(await sameMoment(house)).toEqual({ A: '401 The token is invalid!', B: "alice's" })
  })

  it('fails two users who sign in at the same moment, 200 rounds, at random', async () => {
    await using house = await openJarHouse()

    const seen = await manySameMoments(house, ROUNDS)

    console.log(`one jar, ${ROUNDS} rounds of two: ${JSON.stringify(seen)}`)
    expect(seen.own).toBeLessThan(2 * ROUNDS)
    expect(seen.refused).toBeGreaterThan(0)
  })

  it('refuses 570 of 600 calls of 20 users at once', async () => {
    await using house = await openJarHouse()

    expect(await twentyAtOnce(house)).toEqual({ own: 30, foreign: 0, refused: 570 })
  })

  it('answers a good token with 500 after a restart', async () => {
    await using house = await openJarHouse()

    expect(await restart(house)).toBe('500 Internal Server Error')
  })

  it('lets any garbage pass while the jar is empty', async () => {
    await using house = await openJarHouse()

    expect(await garbage(house)).toEqual({
      'made up, before anybody has signed in': 'let in',
      'made up, later': '401 The token is invalid!',
      'signed in': 'let in',
    })
  })

  it('serves 10 of 40 calls where four worker processes take turns', async () => {
    await using house = await openJarHouse(4)

    expect(await takingTurns(house)).toEqual({ own: 10, foreign: 0, refused: 30 })
  })

  it("writes A's change into B's profile", async () => {
    await using house = await openJarHouse()

    expect(await writeMeanwhile(house)).toEqual({
      status: 200,
      "A's bio": null,
      "B's bio": 'I am Alice',
    })
  })

  it('shows tokens to the browser and to whoever reads the log', async () => {
    await using house = await openJarHouse()

    expect(await tokensInSight(house)).toEqual({ 'in the browser': true, 'in the log': true })
  })
})

describe.each(storeKinds)('Coatcheck on %s', (kind) => {
  let house: House
  // Each history brings its own people, and none of them minds what was before.
  beforeAll(async () => {
    house = await openCoatcheckHouse(kind)
  })
  afterAll(() => house?.[Symbol.asyncDispose]())

  it('lets no garbage pass, whoever is signed in', async () => {
    expect(await garbage(house)).toEqual({
      'made up, before anybody has signed in': '401 session_required',
      'made up, later': '401 session_required',
      'signed in': 'let in',
    })
  })

  it('lets A stay when B signs in', async () => {
    expect(await laterSignIn(house)).toEqual({
      'A, alone': 'her own',
      'A, once B is there': 'her own',
      B: 'her own',
    })
  })

  it('shows each their own profile when both sign in at the same moment', async () => {
    expect(await sameMoment(house)).toEqual({ A: 'her own', B: 'her own' })
  })

  it('serves two users who sign in at the same moment, 200 rounds, without one failure', async () => {
    expect(await manySameMoments(house, ROUNDS)).toEqual({
      own: 2 * ROUNDS,
      foreign: 0,
      refused: 0,
    })
  })

  it('serves 600 of 600 calls of 20 users at once', async () => {
    expect(await twentyAtOnce(house)).toEqual({ own: 600, foreign: 0, refused: 0 })
  })

  it("writes A's change into A's profile", async () => {
    expect(await writeMeanwhile(house)).toEqual({
      status: 200,
      "A's bio": 'I am Alice',
      "B's bio": null,
    })
  })

  it('shows tokens to nobody', async () => {
    expect(await tokensInSight(house)).toEqual({ 'in the browser': false, 'in the log': false })
  })
})

// What leaves the process needs a store that does.
describe.each(['sqlite', 'redis'] as const)('Coatcheck on %s, beyond one process', (kind) => {
  it('still knows A after kill -9 and a restart', async () => {
    await using house = await openCoatcheckHouse(kind)

    expect(await restart(house)).toBe('her own')
  })

  it('serves 40 of 40 calls where four worker processes take turns', async () => {
    await using house = await openCoatcheckHouse(kind, 4)

    expect(await takingTurns(house)).toEqual({ own: 40, foreign: 0, refused: 0 })
  })
})
