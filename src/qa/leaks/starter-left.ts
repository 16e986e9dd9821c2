// What is left to do with a target file that `coatcheck qa init` wrote: what to fill in, and what was guessed. Pure.
import { credentialsAmong, type Found, type Sought } from './found.ts'

/** One line: the file, and what comes before the next command. */
export function nextStep(found: Found, file: string): string {
  const { signIn, whoami, gateway } = found
  const empty = [
    ...(signIn ? [] : ['signIn']),
    ...(whoami ? [] : ['whoami']),
    ...(gateway === 'demo' ? [] : ['users']),
  ]
  const guessed = guessesIn(found)
  const check = `check ${listed(guessed)} (${guessed.length === 1 ? 'a guess' : 'guesses'})`
  const steps = [
    ...(empty.length === 0 ? [] : [`fill in ${listed(empty)}`]),
    ...(guessed.length === 0 ? [] : [check]),
  ].join(', ')
  const todo = steps === '' ? 'Try it with' : `${steps[0]?.toUpperCase()}${steps.slice(1)}, then`
  return `Wrote ${file}. ${todo}: coatcheck qa leaks ${file}`
}

/** Those that are there, but in part made up, in the order of the file. */
function guessesIn({ signIn, whoami, carry }: Found): string[] {
  const { account, password } = credentialsAmong(signIn?.fields ?? [])
  const isWhole = account !== undefined && password !== undefined
  const isSure = carry?.kind === 'cookies' || carry?.from !== undefined
  return [
    ...(signIn && !isWhole ? ['signIn'] : []),
    ...(isSure ? [] : ['carry']),
    ...(whoami && whoami.owner === undefined ? ['whoami'] : []),
  ]
}

/** One sentence where the time was up before everything was looked for; else `undefined`. */
export function cutShort(missed: readonly Sought[]): string | undefined {
  if (missed.length === 0) return undefined
  return `It answers slowly: the time was up before ${listed(missed)} had been looked for everywhere. Try again, or write what you know.`
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
