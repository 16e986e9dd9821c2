// What redirects said on the way to an answer, told among its headers by names of their own: `location (302)`. Pure.

/** Besides what says where one goes on to: what redirects hold that no answer with a body needs. */
const UNTOLD =
  /^(date|content-.*|connection|keep-alive|vary|server|cache-control|transfer-encoding|access-control-.*)$/

/** Names in small letters and values in turn. */
export function hopHeaders({
  status,
  headers,
}: {
  readonly status: number
  readonly headers: readonly string[]
}): string[] {
  return headers.flatMap((name, at) =>
    at % 2 === 0 && !UNTOLD.test(name) ? [`${name} (${status})`, headers[at + 1] ?? ''] : [],
  )
}

/** `location (302)` → `location`; no header's own name has a space in it (RFC 9110, 5.1). */
export function plainName(name: string): string {
  return name.split(' ', 1)[0] ?? name
}

export function isHop(name: string): boolean {
  return name.includes(' ')
}
