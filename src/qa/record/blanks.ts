// What stands between words, by character code. Pure.

export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

export function isSpace(code: number): boolean {
  return isBlank(code) || code === 10 || code === 13
}
