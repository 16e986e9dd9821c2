// One injective function builds every compound key, so ("a","bc") is never taken for ("ab","c").

/** Each part behind its own length: different tuples give different keys. */
export function cacheKey(...parts: readonly string[]): string {
  let key = ''
  for (const part of parts) key += `${part.length}:${part}`
  return key
}
