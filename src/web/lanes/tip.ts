// The few words at a call that is pointed at, and the same words for a screen reader when keys went there.
import type { Point } from './layout.ts'

export interface Tip {
  /** Beside a point of the host, and within it. */
  show(text: string, at: Point): void
  hide(): void
  say(text: string): void
  close(): void
}

export function openTip(host: HTMLElement): Tip {
  const words = host.appendChild(document.createElement('div'))
  words.className = 'lanes-tip'
  words.hidden = true
  words.setAttribute('aria-hidden', 'true')
  const said = host.appendChild(document.createElement('div'))
  said.className = 'unseen'
  said.setAttribute('role', 'status')
  return {
    show(text, at) {
      words.textContent = text
      words.hidden = false
      const left = Math.min(at.x - words.offsetWidth / 2, host.clientWidth - words.offsetWidth - 2)
      const above = at.y - words.offsetHeight - 14
      words.style.left = `${Math.max(2, left)}px`
      words.style.top = `${above >= 0 ? above : at.y + 16}px`
    },
    hide() {
      words.hidden = true
    },
    say(text) {
      said.textContent = text
    },
    close() {
      words.remove()
      said.remove()
    },
  }
}
