// Everything somebody could make of cookies he has seen, without having the key.
import type { Dice } from './dice.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * At least `count` cookie values, none of them in `issued`, nor one of them with white space around it.
 * `issued`: two values or more.
 */
export function* cookieVariants(
  issued: readonly string[],
  count: number,
  dice: Dice,
): Generator<string> {
  const known = new Set(issued)
  let made = 0
  function* fresh(values: Iterable<string>) {
    for (const value of values) {
      if (known.has(value.replace(/^[ \t]+|[ \t]+$/g, ''))) continue
      made++
      yield value
    }
  }
  yield* fresh(issued.slice(0, 1).flatMap(everyOtherCharacter))
  for (const value of issued.slice(0, 2)) {
    yield* fresh(everyCut(value))
    yield* fresh(everySpelling(value))
  }
  yield* fresh(everyMixture(issued))
  while (made < count) yield* fresh([atRandom(issued, dice)])
}

/** One character replaced, at every place, by every other one that a cookie of ours may have. */
function everyOtherCharacter(value: string): string[] {
  return [...value].flatMap((own, at) =>
    [...ALPHABET, '.', '=', '+', '/']
      .filter((other) => other !== own)
      .map((other) => value.slice(0, at) + other + value.slice(at + 1)),
  )
}

function everyCut(value: string): string[] {
  return Array.from({ length: value.length }, (_, at) => [
    value.slice(0, at),
    value.slice(at),
    value.slice(0, at) + value.slice(at + 1),
    `${value.slice(0, at)}A${value.slice(at)}`,
    value.slice(at) + value.slice(0, at),
  ]).flat()
}

/** The same bytes, or nearly, written otherwise. */
function everySpelling(value: string): string[] {
  const [cipher = '', nonce = ''] = value.split('.')
  const bytes = Buffer.from(cipher, 'base64url')
  return [
    '',
    '.',
    '=',
    `"${value}"`,
    `'${value}'`,
    `${value}=`,
    `${value}==`,
    `=${value}`,
    `${value}.`,
    `.${value}`,
    `${value}.${nonce}`,
    `${value}${value}`,
    `${nonce}.${cipher}`,
    `${cipher}..${nonce}`,
    `${cipher};${nonce}`,
    `${cipher},${nonce}`,
    `${cipher}%2E${nonce}`,
    `${bytes.toString('base64')};${nonce}`,
    `${bytes.toString('base64')}.${nonce}`,
    `${bytes.toString('hex')}.${nonce}`,
    value.toUpperCase(),
    value.toLowerCase(),
    encodeURIComponent(value).replaceAll('-', '%2D'),
    [...value].reverse().join(''),
    `\u00a0${value}`,
    `${value}\u00a0`,
    `${value}\u0000`,
    `\u200b${value}`,
    '__proto__',
    'constructor',
    'undefined',
    'null',
    '0',
    'A'.repeat(8192),
    'A'.repeat(230),
    `${'A'.repeat(170)}.${'A'.repeat(32)}`,
  ]
}

/** The ciphertext of one with the nonce of another, and halves of both. */
function everyMixture(issued: readonly string[]): string[] {
  const parts = issued.map((value) => value.split('.'))
  return parts.flatMap(([cipher = '', nonce = '']) =>
    parts.flatMap(([otherCipher = '', otherNonce = '']) => [
      `${cipher}.${otherNonce}`,
      `${cipher.slice(0, cipher.length / 2)}${otherCipher.slice(cipher.length / 2)}.${nonce}`,
      `${cipher.slice(0, cipher.length / 2)}${otherCipher.slice(cipher.length / 2)}.${otherNonce}`,
    ]),
  )
}

/** Several places changed at once, or nothing of the original left. */
function atRandom(issued: readonly string[], dice: Dice): string {
  if (dice.roll(4) === 0) {
    const length = [0, 1, 32, 86, 170, 203, 204, 230, 4096][dice.roll(9)] ?? 0
    return Array.from({ length }, () => ALPHABET[dice.roll(64)]).join('')
  }
  const characters = [...dice.pick(issued)]
  for (let times = 1 + dice.roll(6); times > 0; times--) {
    const at = dice.roll(characters.length)
    const other = ALPHABET[dice.roll(64)] ?? 'A'
    const change = dice.roll(3)
    if (change === 0) characters[at] = other
    else if (change === 1) characters.splice(at, 1)
    else characters.splice(at, 0, other)
  }
  return characters.join('')
}
