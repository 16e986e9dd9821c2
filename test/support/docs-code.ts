// The examples of docs/qa.md as files, as whoever copies them has them; a test imports one and so runs it.
import { readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openFolder } from './folder.ts'

const top = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The one example below `## heading` that imports from `runner`, with what it imports from this package taken from the
 * sources. `stand`: by package, the module that stands in for it. `also`: added at its end.
 */
export async function openExample(
  heading: string,
  runner: string,
  { stand = {}, also = '' }: { stand?: Readonly<Record<string, string>>; also?: string } = {},
) {
  const page = readFileSync(join(top, 'docs/qa.md'), 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  const code = [...section.matchAll(/^```[jt]s\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
  const [example, ...others] = code.filter(
    (text) => text.match(/^import (?!type).* from '([^']+)'/)?.[1] === runner,
  )
  if (example === undefined || others.length > 0) throw new Error(`not one example with ${runner}`)
  const ours = { 'coatcheck/testing': join(top, 'src/testing/testing.ts'), ...stand }
  const text = Object.entries(ours).reduce(
    (all, [name, file]) => all.replaceAll(`from '${name}'`, `from '${file}'`),
    example,
  )
  const folder = await openFolder({ 'example.ts': `${text}${also}` })
  await symlink(join(top, 'node_modules'), join(folder.path, 'node_modules'))
  return {
    file: join(folder.path, 'example.ts'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
