// What a service answers to a path that it cannot know: whoever answers a real path just the same has said nothing.
import { headerOf } from '../../lib/flat-headers.ts'
import type { Random } from '../../lib/random.ts'
import { folderOf } from './probe-paths.ts'
import type { WireAnswer } from './wire.ts'

export type Method = 'GET' | 'POST'
export type Ask = (method: Method, path: string, accept?: string) => Promise<WireAnswer>

/** Whether an answer to this call is how the service answers any path beside it. */
export type IsOrdinary = (method: Method, path: string, answer: WireAnswer) => Promise<boolean>

interface Shape {
  readonly head: string
  /** As it came, and without the path, which many answers repeat. */
  readonly bodies: readonly [whole: string, without: string]
}

const NONE = 'none'

/** Asks for two made-up paths in each folder, once: what differs between those two says nothing either. */
export function createOrdinary(ask: Ask, random: Random): IsOrdinary {
  const known = new Map<string, Promise<readonly [Shape, Shape]>>()

  const look = async (method: Method, folder: string): Promise<Shape> => {
    const path = `${folder}/${random(9).toString('hex')}`
    return shapeOf(await ask(method, path), path)
  }
  const ordinaryIn = (method: Method, folder: string) => {
    const key = `${method} ${folder}`
    const there = known.get(key)
    if (there) return there
    const looked = Promise.all([look(method, folder), look(method, folder)])
    known.set(key, looked)
    return looked
  }

  return async (method, path, answer) => {
    if (answer.kind === 'none') return true
    const [one, other] = await ordinaryIn(method, folderOf(path))
    // Where made-up paths have no answer, there is nothing to tell it from.
    if (one.head === NONE || other.head === NONE) return true
    const own = shapeOf(answer, path)
    if (own.head !== one.head) return own.head === other.head
    return !isAlike(one, other) || isAlike(one, own)
  }
}

function isAlike(a: Shape, b: Shape): boolean {
  return a.bodies.some((body, index) => body === b.bodies[index])
}

/** Without numbers, which may be times. */
function shapeOf(answer: WireAnswer, path: string): Shape {
  if (answer.kind === 'none') return { head: NONE, bodies: ['', ''] }
  const { status, headers, body } = answer
  const type = headerOf(headers, 'content-type') ?? ''
  const echoes = [path, encodeURIComponent(path), path.replaceAll('/', '\\/')]
  const without = echoes.reduce((text, echo) => text.replaceAll(echo, '…'), body)
  const plain = (text: string) => text.replaceAll(/\d+/g, '#')
  return { head: `${status} ${type.split(';', 1)[0]}`, bodies: [plain(body), plain(without)] }
}
