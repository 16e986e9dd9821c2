// Makes one HTML file of a bundled page: scripts and styles within, and a policy that allows these by their hashes alone.
import { createHash } from 'node:crypto'
import type { Rolldown } from 'vite'

type Built = Rolldown.RolldownOutput | Rolldown.RolldownWatcher

/** The page names its policy's sources `'script-hashes'` and `'style-hashes'`. Throws when anything stays outside. */
export function oneFile(results: readonly Built[]): string {
  const files = results.flatMap((result) => ('output' in result ? result.output : []))
  const text = (name: string): string => {
    const file = files.find(({ fileName }) => name.endsWith(fileName))
    if (file === undefined) throw new Error(`the bundle lacks ${name}`)
    return file.type === 'chunk' ? file.code : String(file.source)
  }

  const scripts: string[] = []
  const styles: string[] = []
  const page = text('index.html')
    .replace(/<script type="module"[^>]* src="([^"]+)"><\/script>/g, (_, name: string) => {
      // Within strings and patterns this means the same, and ends no element.
      const code = text(name).replaceAll('</script', '<\\/script').trim()
      scripts.push(code)
      return `<script type="module">${code}</script>`
    })
    .replace(/<link rel="stylesheet"[^>]* href="([^"]+)">/g, (_, name: string) => {
      const css = text(name).trim()
      styles.push(css)
      return `<style>${css}</style>`
    })
  const outside = /<(script|link)\b[^>]*\b(src|href)="(?!data:)[^"]*"/.exec(page)
  if (outside) throw new Error(`stays outside the one file: ${outside[0]}`)
  return page
    .replace("'script-hashes'", () => hashes(scripts))
    .replace("'style-hashes'", () => hashes(styles))
}

/** As CSP Level 3 writes them, 2.3.1. */
function hashes(texts: readonly string[]): string {
  return texts
    .map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    .join(' ')
}
