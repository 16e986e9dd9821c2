// What another side says of itself in a JSON answer, fit to be shown: one line, no steering of the terminal. Pure.

export interface Said {
  /** The gateway's own problem code. */
  readonly code?: string
  /** Without the full stop. */
  readonly words?: string
}

const MOST = 300

/** Empty where the text is no JSON object, or says nothing in words. */
export function saidIn(text: string): Said {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null) return {}
    const { code, detail, message } = body as Record<string, unknown>
    const words = detail ?? message
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof words === 'string' ? { words: oneLine(words) } : {}),
    }
  } catch {
    return {}
  }
}

function oneLine(words: string): string {
  const visible = words.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return visible.slice(0, MOST).replace(/\.$/, '')
}
