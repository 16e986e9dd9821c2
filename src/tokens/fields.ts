// Writes a provider's request body: fields in, JSON or form text out. Pure.

export interface FieldsBody {
  readonly body: string
  readonly contentType: string
}

/** A form has no nesting: arrays repeat their name, objects go as JSON text, null and undefined are left out. */
export function writeFields(
  format: 'json' | 'form',
  fields: Readonly<Record<string, unknown>>,
): FieldsBody {
  if (format === 'json') {
    return { body: JSON.stringify(fields), contentType: 'application/json' }
  }
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === null || one === undefined) continue
      form.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one))
    }
  }
  return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' }
}

/** `mapping` is sent name ← typed name, and only what it names goes up; without one everything does, names unchanged. */
export function mapFields(
  typed: Readonly<Record<string, unknown>>,
  mapping: Readonly<Record<string, string>> | undefined,
): Record<string, unknown> {
  if (mapping === undefined) return { ...typed }
  const mapped = Object.entries(mapping).filter(([, from]) => Object.hasOwn(typed, from))
  return Object.fromEntries(mapped.map(([to, from]) => [to, typed[from]]))
}
