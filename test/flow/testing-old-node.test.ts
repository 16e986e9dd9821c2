// `coatcheck/testing` where the tests run on a Node that is too old for it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** As an older one: another version, and a module that lacks what newer ones export. */
const OLDER = `
import { registerHooks } from 'node:module'
Object.defineProperty(process, 'version', { value: 'v20.19.0' })
const url = 'data:text/javascript,export const createGunzip = 1'
registerHooks({
  resolve: (name, context, next) =>
    name === 'node:zlib' ? { url, format: 'module', shortCircuit: true } : next(name, context),
})`

async function importedOnOlder(file: string): Promise<string> {
  const url = new URL(`../../src/${file}`, import.meta.url)
  const code = `import(${JSON.stringify(url.href)}).then(() => console.error('imported'), (error) => console.error(error.name + ': ' + error.message))`
  const preload = `data:text/javascript,${encodeURIComponent(OLDER)}`
  const child = spawn(process.execPath, ['--import', preload, '--eval', code], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child, 'close')
  return said
}

it('says so in one sentence', async () => {
  expect(await importedOnOlder('testing/testing.ts')).toBe(
    'Error: Coatcheck needs Node 22.20 or later and this is v20.19.0: run these tests with a newer one.\n',
  )
})

it('and could not load the gateway itself there', async () => {
  expect(await importedOnOlder('testing/gateway.ts')).toMatch(/^SyntaxError: .*'node:zlib'/)
})
