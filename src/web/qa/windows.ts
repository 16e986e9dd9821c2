// Windows of personas, side by side: opened while the click lasts, filled once there is a link for each.
import { type Tile, tiles } from '../../qa/tiles.ts'
import type { Answer } from './asking.ts'

export interface Opening {
  /** Not opened: links to click instead, good once, for a minute. */
  readonly blocked: ReadonlyArray<{ readonly name: string; readonly url: string }>
  /** Why somebody has no window, in the gateway's words. */
  readonly refused: readonly string[]
}

/** What is done with a window; as in a browser. */
export interface OpenedWindow {
  opener: unknown
  readonly location: { replace(url: string): void }
  close(): void
}

export interface OpeningOptions {
  readonly area: Tile
  /** As `window.open`. */
  readonly open: (url: string, target: string, features: string) => OpenedWindow | null
  readonly linkFor: (name: string) => Promise<Answer<{ readonly url: string }>>
}

export async function openWindows(
  names: readonly string[],
  { area, open, linkFor }: OpeningOptions,
): Promise<Opening> {
  const places = tiles(names.length, area)
  const opened = names.map((name, index) => {
    const { left, top, width, height } = places[index] ?? area
    const features = `popup,left=${left},top=${top},width=${width},height=${height}`
    return { name, window: open('about:blank', '_blank', features) }
  })
  const blocked: Array<{ name: string; url: string }> = []
  const refused: string[] = []
  await Promise.all(
    opened.map(async ({ name, window }) => {
      const answer = await linkFor(name)
      if (answer.kind !== 'ok') {
        window?.close()
        refused.push(answer.kind === 'refused' ? answer.words : `${name}: no answer`)
      } else if (window) {
        window.opener = null
        window.location.replace(answer.body.url)
      } else {
        blocked.push({ name, url: answer.body.url })
      }
    }),
  )
  return { blocked, refused }
}

/** What of the screen this page may use. */
export function areaOf(screen: {
  readonly availWidth: number
  readonly availHeight: number
  readonly availLeft?: number
  readonly availTop?: number
}): Tile {
  const { availLeft = 0, availTop = 0, availWidth: width, availHeight: height } = screen
  return { left: availLeft, top: availTop, width, height }
}
