// `coatcheck/testing`: the gateway and its people as fixtures, functions in the shape that `test.extend` of vitest and of
// Playwright takes, and what they are made of. Depends on no test runner. Where Node is too old it says so in one
// sentence: the gateway itself, which an older one cannot load, is imported only when one is started.

import { oldNode } from '../cli/node-version.ts'
import type { TestGateway, TestGatewayOptions } from './gateway.ts'
import type { TestPerson } from './person.ts'

export type { TestGateway, TestGatewayOptions } from './gateway.ts'
export { createOwnerMatchers, type OwnerMatchers } from './matchers.ts'
export { createOwnerOracle, type Judgement, type OwnerOracle } from './owner-oracle.ts'
export type { TestPerson } from './person.ts'
export type { TestAnswer, TestRequest } from './request.ts'

const old = oldNode()
if (old !== undefined) throw new Error(`${old}: run these tests with a newer one.`)

/** Rejects, with nothing left open, where the settings are wrong: every problem at once. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await import('./gateway.ts')
  return gateway.startTestGateway(options)
}

type Use<T> = (value: T) => Promise<void>

/** One gateway for all tests of a worker. */
export type GatewayFixture = [
  (none: object, use: Use<TestGateway>) => Promise<void>,
  { readonly scope: 'worker' },
]

/** For the types of vitest: `test.extend<PersonaContext<'alice' | 'bob'>>(…)`. */
export type PersonaContext<Name extends string> = { gateway: TestGateway } & {
  [Persona in Name]: TestPerson
}

/** For every name a person, newly signed in for each test. */
export type PersonaFixtures<Name extends string> = { gateway: GatewayFixture } & {
  [Persona in Name]: (
    fixtures: { readonly gateway: TestGateway },
    use: Use<TestPerson>,
  ) => Promise<void>
}

export function personaFixtures<const Name extends string>(
  names: readonly Name[],
  options: TestGatewayOptions = {},
): PersonaFixtures<Name> {
  return {
    gateway: gatewayFixture(options),
    ...forEach(
      names,
      (name) =>
        async ({ gateway }: { gateway: TestGateway }, use: Use<TestPerson>) => {
          await using person = await gateway.as(name)
          await use(person)
        },
    ),
  } as PersonaFixtures<Name>
}

/** As much of Playwright as is used here. */
export interface BrowserLike<Page> {
  newContext(options: {
    readonly baseURL: string
    readonly storageState: TestPerson['storageState']
  }): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }>
}

/** For every name a page in a context of its own, signed in; its relative addresses are the gateway's. */
export type PageFixtures<Name extends string, Page> = { gateway: GatewayFixture } & {
  [Persona in Name]: (
    fixtures: { readonly browser: BrowserLike<Page>; readonly gateway: TestGateway },
    use: Use<Page>,
  ) => Promise<void>
}

export function playwrightFixtures<const Name extends string, Page>(
  names: readonly Name[],
  options: TestGatewayOptions = {},
): PageFixtures<Name, Page> {
  type Given = { browser: BrowserLike<Page>; gateway: TestGateway }
  return {
    gateway: gatewayFixture(options),
    ...forEach(names, (name) => async ({ browser, gateway }: Given, use: Use<Page>) => {
      await using person = await gateway.as(name)
      const { storageState } = person
      const context = await browser.newContext({ baseURL: gateway.url, storageState })
      try {
        await use(await context.newPage())
      } finally {
        await context.close()
      }
    }),
  } as PageFixtures<Name, Page>
}

function gatewayFixture(options: TestGatewayOptions): GatewayFixture {
  return [
    // Both runners read from this pattern that nothing else is needed.
    // biome-ignore lint/correctness/noEmptyPattern: see above
    async ({}, use) => {
      await using gateway = await startTestGateway(options)
      await use(gateway)
    },
    { scope: 'worker' },
  ]
}

function forEach<Fixture>(
  names: readonly string[],
  fixture: (name: string) => Fixture,
): Record<string, Fixture> {
  return Object.fromEntries(names.map((name) => [name, fixture(name)]))
}
