import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

const top = fileURLToPath(new URL('../../..', import.meta.url))
const ENTRY = 'virtual:everything'

it('client and hooks together take less than 4 KB, minified and gzipped, without React', async () => {
  const code = await bundle(
    "export * from '/src/client/client.ts'; export * from '/src/client/react.ts'",
  )

  const { length } = gzipSync(code, { level: 9 })
  console.info(`client and react: ${length} bytes gzipped, ${code.length} minified`)
  expect(length).toBeLessThan(4096)
  expect(length).toBeGreaterThan(1000)
  for (const exported of ['createClient', 'ProblemError', 'useSession', 'SessionProvider']) {
    expect(code).toContain(exported)
  }
})

it('the client alone brings no React and nothing of the gateway', async () => {
  const code = await bundle("export * from '/src/client/client.ts'")

  expect(code).not.toMatch(/\bimport\b|You were signed out after a time/)
})

async function bundle(entry: string): Promise<string> {
  const built = await build({
    root: top,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: {
        input: ENTRY,
        external: ['react'],
        preserveEntrySignatures: 'strict',
      },
    },
    plugins: [
      {
        name: 'everything',
        resolveId: (id) => (id === ENTRY ? id : undefined),
        load: (id) => (id === ENTRY ? entry : undefined),
      },
    ],
  })
  if (!('output' in built)) throw new Error('nothing was built')
  return built.output.map((part) => (part.type === 'chunk' ? part.code : '')).join('')
}
