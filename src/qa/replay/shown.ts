// One value of an answer as it may stand in a sentence: no secret, and short. Pure.
import { HIDDEN } from '../record/label.ts'
import type { TextRedactor } from '../record/redact-text.ts'

const MOST = 60

/** `place`: the JSON Pointer or the name that it stands at. */
export function shownAt(place: string, value: unknown, texts: TextRedactor): string {
  if (value === undefined) return 'nothing'
  if (place.split('/').some((step) => texts.isSecretName(step))) return HIDDEN
  // Inside it other names may stand.
  const shown = texts.body(JSON.stringify(value), 'application/json', '', false) ?? HIDDEN
  return shown.length > MOST ? `${shown.slice(0, MOST - 3)}…` : shown
}
