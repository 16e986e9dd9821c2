// The gateway's own stream of events, held by the one tab that leads; where there is none, somebody has to ask.
import type { Browser } from './browser.ts'
import type { SessionAnswer } from './state.ts'

export interface Events {
  /** Open from here on, if it can be; or closed. */
  want(is: boolean): void
  /** News comes by itself at the moment. */
  readonly live: boolean
}

export interface EventsOptions {
  readonly browser: Browser
  readonly url: () => string
  /** With what there is to know, or nothing: ask. */
  heard(answer?: SessionAnswer): void
  /** It opened, or broke off. */
  turned(): void
}

const NAMES =
  'session.state session.refreshed session.ending session.ended session.changed signin.active signin.refused'

export function createEvents({ browser, url, heard, turned }: EventsOptions): Events {
  const { EventSource } = browser
  let source: InstanceType<NonNullable<typeof EventSource>> | undefined

  return {
    want(is) {
      if (!is) {
        source?.close()
        source = undefined
      } else if (EventSource && (!source || source.readyState === 2)) {
        source = new EventSource(url())
        source.onopen = source.onerror = turned
        for (const name of NAMES.split(' ')) {
          source.addEventListener(name, ({ data }) => {
            const said = JSON.parse(data)
            heard('now' in said ? said : undefined)
          })
        }
      }
    },
    get live() {
      return source?.readyState === 1
    },
  }
}
