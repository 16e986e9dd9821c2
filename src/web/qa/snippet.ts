// The few lines that a Playwright test begins with to be signed in as a persona. Pure.

export function snippetOf(persona: string, origin: string): string {
  return `import { expect, test } from '@playwright/test'

test('${persona} is signed in', async ({ browser, playwright }) => {
  const bench = await playwright.request.newContext({ baseURL: '${origin}' })
  // Where the setting qa.token is set: headers: { authorization: \`Bearer \${token}\` }
  const made = await bench.post('/qa/sessions', { data: { persona: '${persona}' } })
  const { storageState } = await made.json()
  const context = await browser.newContext({ storageState, baseURL: '${origin}' })
  const page = await context.newPage()
  await page.goto('/')
  const session = await page.request.get('/auth/session')
  expect(await session.json()).toMatchObject({ authenticated: true })
})
`
}
