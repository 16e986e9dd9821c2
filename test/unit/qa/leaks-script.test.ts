// What a service or a target file says is never a command of the shell in which somebody runs the script of a report.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { curlScript } from '../../../src/qa/leaks/curl.ts'
import { carryOf } from '../../../src/qa/leaks/open-api-security.ts'
import type { Observation, Step } from '../../../src/qa/leaks/step.ts'
import type { Target } from '../../../src/qa/leaks/target.ts'
import { openFolder } from '../../support/folder.ts'
import { runScript } from '../../support/script.ts'

const COMMANDS = [
  "'|touch MADE|echo '",
  '$(touch MADE)',
  '`touch MADE`',
  '"; touch MADE; echo "',
  '\ntouch MADE\n',
  '\nBODY\ntouch MADE\n',
  "\\'; touch MADE; \\'",
  '\\$(touch MADE)\\`touch MADE\\`',
  '}; touch MADE; {',
]

/** `evil` wherever a text of the file, or of the service, can stand. */
function targetWith(evil: string, format: 'json' | 'form'): Target {
  const action = {
    method: 'POST' as const,
    path: `/login${evil}`,
    headers: { 'x-one': evil, [`x${evil}`]: '1' },
    body: { format, fields: { [evil]: evil, username: '{name}', password: '{password}' } },
  }
  return {
    origin: 'http://localhost:1',
    base: `/base${evil}`,
    headers: { 'x-all': evil },
    signIn: action,
    signOut: action,
    carry: { kind: 'header', name: `x${evil}`, before: evil, from: `/${evil}/token` },
    whoami: { path: '/user', owner: { pointer: '/name' }, is: '{name}' },
    users: [{ name: `ann${evil}`, fields: { name: `ann${evil}`, password: evil, [evil]: evil } }],
    reads: [],
    ordinary: [],
    mix: { whoami: 1, reads: 1, visitors: 0 },
    restart: undefined,
    dir: '/',
    allowHosts: [],
    rate: undefined,
    seed: 1,
    requests: 1,
    timeouts: { requestMs: 1000, restartMs: 1000, totalMs: 1000 },
  }
}

function observed(step: Step, batch: number): Observation {
  return {
    step,
    batch,
    outcome: 'own',
    status: 200,
    marks: [] as const,
  } as Partial<Observation> as Observation
}

describe('the script for curl', () => {
  it.each(COMMANDS.flatMap((evil) => [[evil, 'json'] as const, [evil, 'form'] as const]))(
    'does not run %j in a target of %s',
    async (evil, format) => {
      const stub = '#!/bin/sh\ncat > /dev/null\necho "{}"\n'
      await using folder = await openFolder({ curl: stub, jq: stub })
      const user = `ann${evil}`
      const script = curlScript(
        [
          observed({ do: 'sign-in', user }, 0),
          observed({ do: 'ask', user, path: `/user${evil}?a=${evil}`, via: 'own' }, 1),
          observed({ do: 'leave', user, path: `/user${evil}` }, 2),
          observed({ do: 'sign-out', user }, 3),
        ],
        [evil, evil, evil, evil],
        targetWith(evil, format),
        evil,
      )
      const variables = [...script.matchAll(/^: "\$\{(\w+):\?/gm)].map(([, name = '']) => name)
      const env = Object.fromEntries(variables.map((name) => [name, 'x']))

      const ran = `cd '${folder.path}'\nchmod +x curl jq\nPATH="$PWD:$PATH"\n${script}`
      const printed = await runScript(ran, env)

      expect(printed).toContain('{}')
      await expect(access(join(folder.path, 'MADE'))).rejects.toThrow('ENOENT')
    },
  )
})

describe('a description', () => {
  it.each(COMMANDS)('is not believed where it names a field %j', (evil) => {
    const token = { type: 'object', properties: { access_token: { type: 'string' } } }
    const document = { components: { securitySchemes: { b: { type: 'http', scheme: 'bearer' } } } }

    expect(
      carryOf(document, [{ name: evil, schema: token, required: true }], false, 'here'),
    ).toEqual({
      kind: 'bearer',
      how: 'here',
    })
  })
})
