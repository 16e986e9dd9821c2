// Headers as the wire has them: names and values in turn (`rawHeaders`). Pure.

/** The first of this name, in whatever case; undefined where there is none. `lower`: the name in small letters. */
export function headerOf(flat: readonly string[], lower: string): string | undefined {
  for (let at = 0; at + 1 < flat.length; at += 2) {
    if (isNamed(flat[at] as string, lower)) return flat[at + 1]
  }
  return undefined
}

/** Every value of this name, one for each line. */
export function headersOf(flat: readonly string[], lower: string): string[] {
  const values: string[] = []
  for (let at = 0; at + 1 < flat.length; at += 2) {
    if (isNamed(flat[at] as string, lower)) values.push(flat[at + 1] as string)
  }
  return values
}

/** A line for each value, names as they are written; none for what is undefined. */
export function flatHeaders(headers: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
      one === undefined ? [] : [name, String(one)],
    ),
  )
}

/** Most names differ in length already. */
function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower
}
