// Keeps the tabs of one browser in step: what one of them learns all are told, and one visible tab at a time leads.
import type { Browser, Channel } from './browser.ts'

export interface Tabs {
  tell(news: unknown): void
  close(): void
}

export interface TabsOptions {
  readonly browser: Browser
  /** The same in every tab that is to be kept in step. */
  readonly name: string
  told(news: unknown): void
  /** Where tabs cannot agree, each visible one leads. */
  lead(leading: boolean): void
}

export function openTabs({ browser, name, told, lead }: TabsOptions): Tabs {
  const { document, navigator } = browser
  const channel = openChannel(browser, name)
  // A tab that is not told must see for itself.
  const locks = channel && navigator?.locks
  let retire: (() => void) | undefined

  if (channel) channel.onmessage = ({ data }) => told(data)
  document?.addEventListener('visibilitychange', look)
  look()

  function look() {
    if (document?.visibilityState !== 'hidden') retire ??= stand()
    else step()
  }

  /** Waits for its turn to lead; the function returned gives it up. */
  function stand(): () => void {
    const abort = new AbortController()
    const { signal } = abort
    const begin = () => {
      if (!signal.aborted) lead(true)
    }
    if (!locks) begin()
    else {
      locks
        .request(name, { signal }, () => {
          begin()
          return new Promise((resolve) => {
            if (signal.aborted) resolve()
            signal.onabort = () => resolve()
          })
        })
        // Refused to this page, or taken from it.
        .catch(begin)
    }
    return () => {
      abort.abort()
      lead(false)
    }
  }

  function step() {
    retire?.()
    retire = undefined
  }

  return {
    tell: (news) => channel?.postMessage(news),
    close() {
      document?.removeEventListener('visibilitychange', look)
      step()
      channel?.close()
    },
  }
}

/** `undefined` where there is none, or where the browser keeps storage from this page. */
function openChannel({ BroadcastChannel }: Browser, name: string): Channel | undefined {
  try {
    return BroadcastChannel && new BroadcastChannel(name)
  } catch {
    return undefined
  }
}
