// What stands in the place of a secret: whose it is and what it is, or no more than that something was there. Pure.

export const HIDDEN = '{{hidden}}'

/** `{{alice.api_key}}`. */
export function labelOf(persona: string, name: string): string {
  const word = name
    .slice(-64)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
  return `{{${persona}.${word || 'secret'}}}`
}
