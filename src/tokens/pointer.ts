// Finds one value in a JSON document by its JSON Pointer (RFC 6901). Pure.

/** The value at `pointer`; `undefined` where nothing stands, or the pointer is none. `''` is the whole document. */
export function valueAt(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  let value = document
  for (const step of pointer.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null) return undefined
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    // Section 4: an array index has no sign and no leading zero; `-` names what is not there yet.
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined
    if (!Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** One step of a pointer as it is written: `a/b` becomes `a~1b`. */
export function pointerStep(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
