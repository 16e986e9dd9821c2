// A configuration as plain data, and the paths that lead into it.

export type Value = string | number | boolean | null | Value[] | Mapping
export interface Mapping {
  [key: string]: Value
}
export type Path = readonly (string | number)[]

/** Without a prototype, so that a key such as `__proto__` is a key like any other. */
export function emptyMapping(): Mapping {
  return Object.create(null)
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `undefined` where nothing is, or an explicit null. */
export function valueAt(root: Value, path: Path): Value | undefined {
  let value: Value | undefined = root
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)]
    else if (isMapping(value) && Object.hasOwn(value, step)) value = value[step]
    else return undefined
  }
  return value ?? undefined
}

/** Writes `value`, with whatever mappings and lists are missing on the way. */
export function setAt(root: Mapping, path: Path, value: Value): void {
  let holder: Mapping | Value[] = root
  path.forEach((step, depth) => {
    if (depth === path.length - 1) {
      put(holder, step, value)
      return
    }
    const wantsList = typeof path[depth + 1] === 'number'
    const there = valueAt(holder, [step])
    const fits = wantsList ? Array.isArray(there) : isMapping(there)
    const next: Mapping | Value[] =
      fits && (Array.isArray(there) || isMapping(there)) ? there : wantsList ? [] : emptyMapping()
    put(holder, step, next)
    holder = next
  })
}

function put(holder: Mapping | Value[], step: string | number, value: Value): void {
  if (Array.isArray(holder)) holder[Number(step)] = value
  else holder[step] = value
}

/** `routes[0].upstream`; a key that is not a plain word stands in quotes. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][\w-]{0,63}$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step.length > 40 ? `${step.slice(0, 40)}…` : step)}]`
  }
  return text
}
