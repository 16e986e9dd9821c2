// Which problem an answer of the gateway's own is.
import type { Answer } from './http.ts'

export function codeOf(answer: Answer): string | undefined {
  const code = answer.headers['coatcheck-problem']
  return code === undefined ? undefined : String(code)
}
