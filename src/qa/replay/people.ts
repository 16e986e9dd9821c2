// Who is who in a replay: what the gateway says of each at their sign-in, and what the recording said. Pure.
import { type Identity, saidOf } from './identity.ts'

export interface People {
  /**
   * What a sign-in of this persona was answered. Gives the other one it was answered as, where the recording
   * tells the two apart; then nothing is learned.
   */
  learn(persona: string, identity: Identity): string | undefined
  /** Whether `what` of one of this persona's sessions is `value`. */
  isOf(persona: string, what: string, value: string): boolean
  /** Another than `asker` whose `what` is `value`; by the recording where that one has not signed in here. */
  whose(value: string, what: string, asker: string): string | undefined
}

/** By persona. */
export type RecordedPeople = ReadonlyMap<string, readonly Identity[]>

export function createPeople(recorded: RecordedPeople): People {
  const live = new Map<string, Identity[]>()
  const has = (identities: readonly Identity[], what: string, value: string) =>
    identities.some((one) => saidOf(one, what) === value)

  function areTwo(one: string, other: string): boolean {
    const [subs = [], others = []] = [one, other].map((persona) =>
      (recorded.get(persona) ?? []).flatMap(({ sub }) => sub ?? []),
    )
    return subs.length > 0 && others.length > 0 && !subs.some((sub) => others.includes(sub))
  }

  return {
    learn(persona, identity) {
      const { provider, sub } = identity
      const same = (one: Identity) => one.provider === provider && one.sub === sub
      for (const [other, identities] of live) {
        if (other === persona || sub === undefined || !identities.some(same)) continue
        if (areTwo(persona, other)) return other
      }
      const others = (live.get(persona) ?? []).filter((one) => !same(one))
      live.set(persona, [...others, identity])
      return undefined
    },
    isOf: (persona, what, value) => has(live.get(persona) ?? [], what, value),
    whose(value, what, asker) {
      for (const [persona, identities] of live) {
        if (persona !== asker && has(identities, what, value)) return persona
      }
      for (const [persona, identities] of recorded) {
        if (persona === asker || live.has(persona)) continue
        if (has(identities, what, value)) return persona
      }
      return undefined
    },
  }
}
