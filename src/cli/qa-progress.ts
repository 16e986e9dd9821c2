// One line on a terminal that says how far a run is; nothing where nobody looks.
import type { Progress } from '../qa/leaks/progress.ts'

export interface ProgressBar {
  show(progress: Progress): void
  /** Takes the line away; once is enough. */
  close(): void
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const WIDTH = 24
const BACK = '\r\u001b[K'

export function openProgressBar(
  screen: Screen,
  env: Readonly<Record<string, string | undefined>>,
): ProgressBar {
  if (!screen.isTTY || env.CI || env.TERM === 'dumb') return { show() {}, close() {} }
  let shown = ''
  return {
    show({ title, done, total, leaks }) {
      const share = total ? Math.min(1, done / total) : 0
      const full = Math.round(share * WIDTH)
      const bar = total ? `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ` : ''
      const found = leaks === 0 ? '' : `  ${leaks} foreign`
      const count = total ? `${done}/${total}  ` : ''
      const line = `${bar}${count}${title}${found}`.slice(0, (screen.columns ?? 80) - 1)
      if (line === shown) return
      shown = line
      screen.write(BACK + line)
    },
    close() {
      if (shown !== '') screen.write(BACK)
      shown = ''
    },
  }
}
