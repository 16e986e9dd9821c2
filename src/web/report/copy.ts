// A button that puts a text of the page into the clipboard, and says so.

export function copyBy(button: HTMLButtonElement, source: HTMLElement): void {
  const usual = button.textContent
  button.addEventListener('click', async () => {
    button.textContent = (await copied(source)) ? 'Copied' : 'Selected: press Ctrl + C'
    setTimeout(() => {
      button.textContent = usual
    }, 2500)
  })
}

/** Where the clipboard is closed to a file, at least the text is selected. */
async function copied(source: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(source.textContent ?? '')
    return true
  } catch {
    getSelection()?.selectAllChildren(source)
    return false
  }
}
