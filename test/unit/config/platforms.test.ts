import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import semver from 'semver'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { accepted, KEY, refused, THREE } from './loading.ts'

const checkout = fileURLToPath(new URL('../../..', import.meta.url))
const read = (name: string) => readFileSync(join(checkout, name), 'utf8')
const pack = JSON.parse(read('package.json'))

/** A Node that platforms choose from: the newest of each line. */
const NODES = ['20.20.1', '22.22.3', '23.11.1', '24.21.0', '25.9.0', '26.10.0', '27.1.0']

describe('app.json', () => {
  const app = JSON.parse(read('app.json'))
  const given = {
    COATCHECK_UPSTREAM: THREE.COATCHECK_UPSTREAM,
    COATCHECK_PUBLIC_ORIGIN: THREE.COATCHECK_PUBLIC_ORIGIN,
  }
  const env: Record<string, string | undefined> = {
    ...Object.fromEntries(
      Object.entries<{ value?: string; generator?: string }>(app.env).map(
        ([name, { value, generator }]) => [
          name,
          generator === 'secret' ? '0123456789abcdef'.repeat(4) : value,
        ],
      ),
    ),
    DYNO: 'web.1',
    PORT: '34567',
    REDIS_URL: 'rediss://:secret@ec2.example.org:6380',
    NODE_ENV: 'production',
  }

  it('asks for what nobody else can know, and makes the secret', () => {
    const required = Object.entries<{ required?: boolean }>(app.env).filter(([, o]) => o.required)

    expect(required.map(([name]) => name).toSorted()).toEqual(Object.keys(given).toSorted())
    expect(app.env.COATCHECK_SECRET.generator).toBe('secret')
    expect(app.addons[0].as).toBe('REDIS')
  })

  it('makes a whole configuration together with what a dyno sets', async () => {
    const config = await accepted(undefined, { env: { ...env, ...given } })

    expect(config).toMatchObject({
      listen: { host: '0.0.0.0', port: 34_567 },
      trustProxy: 1,
      workers: 1,
      store: { kind: 'redis', tls: 'unverified' },
    })
    expect(config.cookie.keys[0]).toHaveLength(32)
  })

  it('without its Redis is refused, and told of the add-on and of the way to do without', async () => {
    const { REDIS_URL: _, COATCHECK_REDIS_TLS: __, ...less } = env
    const without = { ...less, ...given }

    const problems = await refused(undefined, { env: without })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/disk is erased at every restart.*heroku-redis.*ephemeral: true/)

    const accepting = { COATCHECK__STORE__KIND: 'sqlite', COATCHECK__STORE__EPHEMERAL: 'true' }
    const config = await accepted(undefined, { env: { ...without, ...accepting } })
    expect(config.warnings).toEqual([expect.stringContaining('signs everybody out')])
  })
})

describe('what a platform builds and starts', () => {
  it('is what the package runs', () => {
    expect(read('Procfile')).toBe(`web: node ${pack.bin.coatcheck} serve\n`)
  })

  it('runs on the Node that is developed on, the newest that is asked for', () => {
    expect(semver.maxSatisfying(NODES, pack.engines.node)).toBe(pack.devDependencies.node)
    expect(semver.minVersion(pack.engines.node)?.version).toBe('22.20.0')
  })
})

describe('config/compose.valkey.yaml', () => {
  const { services, volumes } = parse(read('config/compose.valkey.yaml'), { merge: true })
  const { valkey, ...gateways } = services

  it('is two gateways alike, on ports of their own, and one store', () => {
    const [one, two, ...others] = Object.values<Record<string, unknown>>(gateways)

    expect(others).toEqual([])
    expect({ ...one, ports: undefined }).toEqual({ ...two, ports: undefined })
    expect(one?.ports).not.toEqual(two?.ports)
    expect(Number.parseInt(String(one?.stop_grace_period), 10)).toBeGreaterThan(25)
  })

  it('sets only variables that make a whole configuration', async () => {
    const values: Readonly<Record<string, string>> = { ...THREE, VALKEY_PASSWORD: 'of-our-own' }
    const { environment } = services['coatcheck-1']
    const env = Object.fromEntries(
      Object.entries<string>(environment).map(([name, text]) => [
        name,
        text.replace(/\$\{(\w+):[-?]([^}]*)\}/g, (_, asked: string, rest: string) => {
          return values[asked] ?? (text.includes(':-') ? rest : '')
        }),
      ]),
    )

    const config = await accepted(undefined, { env: { PORT: '3000', ...env } })

    expect(config.warnings).toEqual([])
    expect(config.store).toMatchObject({ kind: 'redis', nodes: [{ host: 'valkey', port: 6379 }] })
  })

  it('loses nothing at a restart and throws nothing out', () => {
    expect(valkey.command.join(' ')).toContain('--appendonly yes')
    expect(valkey.command.join(' ')).toContain('--maxmemory-policy noeviction')
    expect(valkey.volumes).toEqual([`${Object.keys(volumes)[0]}:/data`])
  })
})

describe('config/kubernetes.yaml', () => {
  const documents = parseAllDocuments(read('config/kubernetes.yaml'))
  const [deployment, service, budget] = documents.map((one) => one.toJS())
  const { template } = deployment.spec
  const [container] = template.spec.containers

  it('is a deployment, its service and its budget, which mean the same pods', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect([deployment, service, budget].map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
    ])
    const { labels } = template.metadata
    expect(deployment.spec.selector.matchLabels).toEqual(labels)
    expect(service.spec.selector).toEqual(labels)
    expect(budget.spec.selector.matchLabels).toEqual(labels)
    expect(deployment.spec.replicas).toBeGreaterThan(budget.spec.minAvailable)
    const { targetPort } = service.spec.ports[0]
    expect(container.ports).toEqual([{ name: targetPort, containerPort: 3000 }])
  })

  it('sets only variables that make a whole configuration, and no secret', async () => {
    const secrets = { keys: KEY, 'redis-url': 'rediss://default:x@redis.example.org:6379' }
    const env = Object.fromEntries(
      container.env.map(
        (one: { name: string; value?: string; valueFrom?: { secretKeyRef: { key: string } } }) => [
          one.name,
          one.value ?? secrets[one.valueFrom?.secretKeyRef.key as keyof typeof secrets],
        ],
      ),
    )

    const image = { PORT: '3000', NODE_ENV: 'production' }
    const config = await accepted(undefined, { env: { ...image, ...env } })

    expect(config).toMatchObject({ warnings: [], store: { kind: 'redis' }, operators: {} })
    // Its probes ask there.
    expect(config.operators).toMatchObject({ host: '127.0.0.1', port: 3001 })
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const path = probe === 'livenessProbe' ? 'livez' : 'readyz'
      expect(container[probe].exec.command.join(' ')).toContain(`http://127.0.0.1:3001/${path}'`)
    }
  })

  it('waits for what is under way, and gives nothing away that it does not need', () => {
    const { terminationGracePeriodSeconds: grace, securityContext } = template.spec
    const [, pause] = container.lifecycle.preStop.exec.command

    expect(grace).toBeGreaterThanOrEqual(Number(pause) + 30)
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })
})
