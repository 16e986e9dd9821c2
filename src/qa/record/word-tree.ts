// Words by how they begin, however many begin alike: which of them a text has at one place is told in one walk. Pure.

export interface WordTree<T extends Keyed> {
  /** Of different words. */
  readonly size: number
  /** In place of what was there of the same word. */
  set(entry: T): void
  /** What may stand in `text` from `at` on, the shortest first: of long words only the beginning was compared. */
  at(text: string, at: number): readonly T[]
}

export interface Keyed {
  readonly word: string
}

interface Node<T> {
  readonly edge: string
  entries: readonly T[]
  next: Map<number, Node<T>> | undefined
}

/** Characters of a word that the tree knows: what comes after them is no walk but one comparison. */
const DEPTH = 128

/**
 * `fold`: bits that are set in every character before it is compared, 0x20 for letters in any case. `step`: 1 where
 * words go forward from a place, -1 where they end there: `at` is their last character.
 */
export function createWordTree<T extends Keyed>(fold: number, step: 1 | -1): WordTree<T> {
  const root: Node<T> = { edge: '', entries: [], next: undefined }
  const none: readonly T[] = []
  let size = 0

  function keyOf(word: string): string {
    const codes = new Uint16Array(Math.min(word.length, DEPTH))
    for (let nth = 0; nth < codes.length; nth++) {
      codes[nth] = word.charCodeAt(step === 1 ? nth : word.length - 1 - nth) | fold
    }
    return String.fromCharCode(...codes)
  }

  function put(node: Node<T>, entry: T): void {
    const others = node.entries.filter(({ word }) => word !== entry.word)
    if (others.length === node.entries.length) size++
    node.entries = [...others, entry].toSorted((a, b) => a.word.length - b.word.length)
  }

  return {
    get size() {
      return size
    },
    set(entry) {
      const key = keyOf(entry.word)
      let node = root
      let at = 0
      while (at < key.length) {
        const first = key.charCodeAt(at)
        node.next ??= new Map()
        const child = node.next.get(first)
        if (!child) {
          const leaf: Node<T> = { edge: key.slice(at), entries: [], next: undefined }
          node.next.set(first, leaf)
          node = leaf
          break
        }
        const same = commonStart(child.edge, key, at)
        if (same === child.edge.length) {
          node = child
        } else {
          const rest = { ...child, edge: child.edge.slice(same) }
          const next = new Map([[rest.edge.charCodeAt(0), rest]])
          const middle: Node<T> = { edge: child.edge.slice(0, same), entries: [], next }
          node.next.set(first, middle)
          node = middle
        }
        at += same
      }
      put(node, entry)
    },
    at(text, from) {
      let found = none
      let node = root
      for (let at = from; at >= 0 && at < text.length; ) {
        const child = node.next?.get(text.charCodeAt(at) | fold)
        if (!child) break
        const { edge } = child
        let nth = 1
        at += step
        while (nth < edge.length && (text.charCodeAt(at) | fold) === edge.charCodeAt(nth)) {
          nth++
          at += step
        }
        if (nth < edge.length) break
        node = child
        if (node.entries.length > 0)
          found = found === none ? node.entries : [...found, ...node.entries]
      }
      return found
    },
  }
}

function commonStart(edge: string, key: string, at: number): number {
  let same = 0
  while (same < edge.length && edge.charCodeAt(same) === key.charCodeAt(at + same)) same++
  return same
}
