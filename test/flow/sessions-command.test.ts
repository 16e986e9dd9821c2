import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runIn } from '../support/program.ts'
import { patience } from '../support/promised.ts'
import { openWorkshop, operatorsOf } from '../support/workers.ts'

const run = (cwd: string, ...args: string[]) => runIn({ cwd }, ...args)

describe('coatcheck sessions', { timeout: 120_000 }, () => {
  it("lists and ends one user's sessions in every worker, and nobody else's", async () => {
    await using shop = await openWorkshop()
    await using gateway = await shop.start()
    const url = /operators (http:\S+)/.exec(gateway.stdout)?.[1] ?? ''
    const sessions = (...args: string[]) => run(shop.path, 'sessions', ...args, '--url', url)
    const [alice, again, bob] = [
      await gateway.signIn('alice'),
      await gateway.signIn('alice'),
      await gateway.signIn('bob'),
    ]
    // Each worker has them in its memory.
    for (const one of [alice, alice, again, again, bob, bob]) await one.get('/api/notes')

    const listed = await sessions('list', '--sub', 'alice')
    const all = await sessions('list', '--json')
    const one = await sessions('list', '--limit', '1')
    const ended = await sessions('end', '--sub', 'alice', '--provider', 'main')

    expect(listed.stdout.trimEnd().split('\n')).toHaveLength(3)
    expect(listed.stdout).toMatch(
      /^ref +provider +sub +device +state +signed in +last seen +ends\n/,
    )
    expect(listed.stdout).toMatch(
      /\n\w{10} +main +alice +.* active +\d+ s ago +\d+ s ago +in 6 d\n/,
    )
    const facts = JSON.parse(all.stdout)
    expect(facts.sessions.map(({ sub }: { sub: string }) => sub)).toEqual(['alice', 'alice', 'bob'])
    expect(Object.keys(facts.sessions[0]).toSorted()).toEqual(
      'createdAt device endsAt idleAt provider ref seenAt state sub'.split(' '),
    )
    expect(one.stdout).toMatch(/There are more: --limit shows them\.\n$/)
    expect(ended.stdout).toMatch(/^Ended 2 sessions:\n {2}\w{10} {2}main {2}alice\n/)
    await expect
      .poll(
        async () => {
          const answers = await Promise.all(
            [alice, again, alice, again].map((person) => person.get('/api/notes')),
          )
          return answers.map(({ status, text }) => `${status} ${JSON.parse(text).reason}`)
        },
        // Promised within a second.
        { timeout: patience(1000) },
      )
      .toEqual(Array.from({ length: 4 }, () => '401 revoked'))
    for (let times = 0; times < 4; times++) {
      expect((await bob.get('/api/notes')).status).toBe(200)
    }
    const [alicesRef] = facts.sessions.map(({ ref }: { ref: string }) => ref)
    await expect.poll(() => gateway.stdout).toContain('"ended_by_operator"')
    const audit = gateway.stdout.split('\n').filter((line) => line.includes('ended_by_operator'))
    expect(audit).toHaveLength(1)
    expect(JSON.parse(audit[0] ?? '')).toMatchObject({
      count: 2,
      refs: [alicesRef, expect.any(String)],
    })

    const none = await sessions('end', '--sub', 'alice')
    expect(none).toMatchObject({ code: 1, stderr: 'alice has no live session.\n' })
    expect(await sessions('list', '--sub', 'bob', '--provider', 'mian')).toMatchObject({
      code: 0,
      stdout: 'bob has no live session at mian. The providers here are: main.\n',
    })
    expect(await sessions('end', '--all')).toMatchObject({ code: 2 })
    const bobs = JSON.parse((await sessions('list', '--sub', 'bob', '--json')).stdout)
    const byRef = await sessions('end', '--ref', bobs.sessions[0].ref)
    expect(byRef.stdout).toMatch(/^Ended 1 session:/)
    await gateway.signIn('carol')
    expect((await sessions('end', '--all', '--yes')).stdout).toMatch(/carol/)
    using operators = operatorsOf(gateway)
    expect((await operators.get('/sessions')).json().sessions).toEqual([])
  })

  it('says in one sentence where the gateway does not run, and what to do', async () => {
    await using shop = await openWorkshop()
    const args = ['sessions', 'list', '--url', 'http://127.0.0.1:9']

    const refused = await run(shop.path, ...args)
    const unknown = await run(
      shop.path,
      'sessions',
      'list',
      '--config',
      join(shop.path, 'coatcheck.yaml'),
    )

    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'http://127.0.0.1:9 cannot be reached: start the gateway, or ask with the configuration that it runs on (--config, --env-file).\n',
    })
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/operators\.port is 0: say with --url .*\.\n$/),
    })
  })
})
