// Puts a text into the clipboard, as far as the browser lets a page do that.

/** False where it does not: on plain http away from this machine, or without leave. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
