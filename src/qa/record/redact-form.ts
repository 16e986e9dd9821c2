// Forms and queries (`name=value&…`, WHATWG URL, 5) without their secrets; what has none keeps its spelling. Pure.
import { decoded, encodedButLabels } from './encoded.ts'
import { isNamingName, isValueName } from './pair-names.ts'

export interface FormRedactorOptions {
  isSecretName(name: string): boolean
  /** What stands in the place of a value. */
  hide(persona: string, name: string, value: string): string
  /** Without any secret that is known, or looks like one. */
  text(plain: string): string
  /** The same, and what stands in it under a secret's name. */
  inside(plain: string, persona: string): string
}

/** The result takes pairs that are still encoded. */
export function createFormRedactor({
  isSecretName,
  hide,
  text,
  inside,
}: FormRedactorOptions): (plain: string, persona: string) => string {
  /** A part that has nothing to hide keeps its spelling. */
  function part(encoded: string, persona: string): string {
    const plain = decoded(encoded.replaceAll('+', ' '))
    const looked = inside(plain, persona)
    return looked === plain ? text(encoded) : encodedButLabels(looked)
  }

  return (plain, persona) => {
    let meant: string | undefined
    const shownOf = (name: string, value: string) => {
      const last = lastWord(decoded(name))
      const beside = isValueName(last) ? meant : undefined
      if (isNamingName(last)) {
        const named = decoded(value)
        meant = isSecretName(named) ? named : undefined
        if (meant !== undefined) return part(value, persona)
      }
      const under = isSecretName(name) ? decoded(name) : beside
      return under === undefined ? part(value, persona) : hide(persona, under, decoded(value))
    }
    return plain
      .split('&')
      .map((pair) => {
        const at = pair.indexOf('=')
        if (at < 0) return part(pair, persona)
        const name = pair.slice(0, at)
        return `${part(name, persona)}=${shownOf(name, pair.slice(at + 1))}`
      })
      .join('&')
  }
}

/** `name` of `fields[0].name` and of `fields[name]`. */
function lastWord(name: string): string {
  const end = name.endsWith(']') ? name.length - 1 : name.length
  let start = end
  while (start > 0 && !'[].'.includes(name[start - 1] ?? '.')) start--
  return name.slice(start, end)
}
