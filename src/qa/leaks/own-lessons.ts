// Learns by signing in again and again which words of an answer are a user's own, where nothing else says so.
import type { Knowledge } from './knowledge.ts'
import { createOwnWords } from './own-words.ts'
import type { Sparing } from './sparing.ts'
import type { Stage } from './stage.ts'
import type { Target } from './target.ts'

export interface OwnLessons {
  /** What this user was answered first. */
  begin(path: string, user: string): Promise<void>
  /**
   * What each is told alone is their own, if it comes with every sign-in anew: what hangs on a process, a machine or the
   * moment goes with none of them.
   */
  learn(): Promise<void>
}

export interface OwnLessonsOptions {
  readonly target: Target
  readonly stage: Stage
  readonly sparing: Sparing
  readonly knowledge: Knowledge
  /** Of this user's last answer; empty where there was none. */
  readonly bodyFor: (user: string) => string
  /** Throws when the time is up. */
  readonly check: () => void
}

/** So many sign in again to see whose words are their own, and so often. */
export const MOST_LEARNERS = 4
/**
 * How far the order of who signs in is moved on in each lesson: where processes or machines take sign-ins in turn, nobody
 * comes to the same one every time, however many there are.
 */
const LESSONS: readonly number[] = [0, 1, 3, 2]

export function createOwnLessons(options: OwnLessonsOptions): OwnLessons {
  const { target, stage, sparing, knowledge, bodyFor, check } = options
  const names = target.users.map(({ name }) => name)
  const ownWords = createOwnWords()

  async function lookAt(path: string, user: string): Promise<void> {
    const [seen] = await sparing.ask({ do: 'ask', user, path, via: 'fresh' })
    if (seen) ownWords.add(path, user, bodyFor(user))
  }

  return {
    async begin(path, user) {
      ownWords.add(path, user, bodyFor(user))
      if (sparing.hasTimeFor(1)) await lookAt(path, user)
    },
    async learn() {
      const isKnown = (user: string) => (text: string) => knowledge.markers.ownerOf(text) === user
      const open = ownWords.found().filter(({ user, texts }) => !texts.every(isKnown(user)))
      const paths = [...new Set(open.map(({ path }) => path))]
      const learners = names.slice(0, MOST_LEARNERS).toReversed()
      const requests = LESSONS.length * learners.length * (1 + paths.length)
      if (paths.length === 0 || !sparing.hasTimeFor(requests)) return
      for (const moved of LESSONS) {
        const first = moved % learners.length
        for (const user of [...learners.slice(first), ...learners.slice(0, first)]) {
          check()
          await sparing.ask({ do: 'sign-in', user })
          if (!stage.actors.get(user)?.valid) return
          for (const path of paths) await lookAt(path, user)
        }
      }
      for (const { path, user, texts } of ownWords.found()) {
        if (paths.includes(path)) knowledge.learnOwn(user, texts)
      }
    },
  }
}
