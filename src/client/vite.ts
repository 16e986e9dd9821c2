// A Vite plug-in: for the browser, the dev server and the gateway are one origin, as they are in production.
import type { AddressInfo } from 'node:net'
import {
  type CommonServerOptions,
  loadEnv,
  type Plugin,
  type PreviewServer,
  type ProxyOptions,
  type ViteDevServer,
} from 'vite'
import { oldNode } from '../cli/node-version.ts'
import type { Gateway } from '../gateway.ts'

export interface CoatcheckPluginOptions {
  /** What goes to the gateway, in whole path segments; default `/auth` and `/api`. */
  readonly prefixes?: readonly string[]
  /** A gateway that runs already, its `publicOrigin` the dev server's; default `http://localhost:3000`. */
  readonly gateway?: string
  /** Instead: start a gateway in front of this upstream, as `coatcheck serve --upstream` does. */
  readonly upstream?: string
  /** Path of the sign-in at `upstream`. */
  readonly signIn?: string
  /** Instead: start a gateway from this file; where it listens and its `publicOrigin` are the dev server's matter. */
  readonly config?: string
}

type Server = Pick<ViteDevServer | PreviewServer, 'httpServer' | 'config'>

export function coatcheck(options: CoatcheckPluginOptions = {}): Plugin {
  const { prefixes = ['/auth', '/api'], gateway, upstream, config } = options
  const starts = upstream !== undefined || config !== undefined
  if (starts && gateway !== undefined) {
    throw new Error('coatcheck: name a gateway that runs, or what to start one with, not both')
  }
  let opening: Promise<Gateway> | undefined
  let origin: string | undefined
  let warn: (line: string) => void = () => {}

  function route(): ProxyOptions {
    let live: ProxyOptions = {}
    return {
      target: gateway ?? 'http://localhost:3000',
      // The gateway goes by the Host and Origin that the browser sees.
      changeOrigin: false,
      ws: true,
      configure(proxy, used) {
        live = used
        proxy.on('proxyRes', ({ headers }, { headers: { host } }) => {
          if (headers['coatcheck-problem'] !== 'host_unknown') return
          const mend = origin
            ? `open ${origin} instead`
            : `start it with COATCHECK_PUBLIC_ORIGIN=http://${host}`
          warn(`coatcheck: the gateway does not answer to ${host}; ${mend}`)
        })
      },
      async bypass() {
        if (opening) live.target = (await opening).url
        return undefined
      },
    }
  }

  function begin(server: Server, listen: CommonServerOptions): void {
    const { httpServer } = server
    const { logger } = server.config
    warn = (line) => logger.warnOnce(line)
    if (!starts) return
    if (!httpServer) throw new Error('coatcheck: in middleware mode, run the gateway by itself')
    // Which port it is to be shows only then.
    httpServer.once('listening', () => {
      origin = originOf(httpServer.address() as AddressInfo, listen)
      const mine = openInside(server, origin, options)
      opening = mine
      mine.then(
        (opened) => {
          const what = `${prefixes.join(' and ')} of ${origin}`
          logger.info(`  ➜  Coatcheck: ${what} by ${opened.url}`)
          httpServer.once('close', () => void opened.close())
        },
        (error: Error) => logger.error(error.message),
      )
    })
  }

  return {
    name: 'coatcheck',
    apply: 'serve',
    config() {
      const proxy = Object.fromEntries(prefixes.map((prefix) => [matching(prefix), route()]))
      return { server: { proxy }, preview: { proxy } }
    },
    configureServer: (server) => begin(server, server.config.server),
    configurePreviewServer: (server) => begin(server, server.config.preview),
  }
}

/** A plain `/api` would take `/apiary` too. */
function matching(prefix: string): string {
  return `^${prefix.replace(/[^\w/-]/g, '\\$&')}(?:[/?]|$)`
}

function originOf({ port }: AddressInfo, { host, https }: CommonServerOptions): string {
  const everywhere = typeof host !== 'string' || host === '0.0.0.0' || host === '::'
  return `${https ? 'https' : 'http'}://${everywhere ? 'localhost' : host}:${port}`
}

/** Rejects with everything that is wrong with the configuration, one line each, or with Node itself. */
async function openInside(
  { config }: Server,
  origin: string,
  { upstream, signIn, config: configPath }: CoatcheckPluginOptions,
): Promise<Gateway> {
  const old = oldNode()
  if (old !== undefined) {
    throw toldPlainly(
      `${old}: install Node 26, or for this project alone run "npm install --save-dev node@26" and start Vite by an npm script`,
    )
  }
  // Only here: whoever runs the gateway elsewhere need not load it.
  const { loadConfig, openGateway } = await import('../index.ts')
  const { formatProblem } = await import('../config/problems.ts')
  const { PORT, DYNO, ...env } = loadEnv(config.mode, config.envDir || config.root, '')
  const loaded = await loadConfig({
    env: {
      ...env,
      COATCHECK_PUBLIC_ORIGIN: origin,
      COATCHECK__LISTEN__HOST: '127.0.0.1',
      COATCHECK__LISTEN__PORT: '0',
      COATCHECK__OPERATORS: 'false',
      COATCHECK__LOG__LEVEL: 'warn',
    },
    cwd: config.root,
    configPath,
    overrides: { ...(upstream && { upstream }), ...(signIn && { signIn }) },
    announce: (line) => config.logger.info(line),
  })
  if (!loaded.ok) {
    throw toldPlainly(['coatcheck:', ...loaded.problems.map(formatProblem)].join('\n  '))
  }
  return openGateway({ config: loaded.config })
}

/** Vite shows a stack with every error that has one, and where this was noticed helps nobody. */
function toldPlainly(message: string): Error {
  return Object.assign(new Error(message), { stack: '' })
}
