// One header of an answer as the wire gives them. Pure.

/** `headers`: names in small letters and values in turn. The first of that name; `undefined` where there is none. */
export function headerIn(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
  return at < 0 ? undefined : headers[at + 1]
}
