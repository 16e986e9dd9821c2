// Figures for operators (Prometheus text format). Labels are closed sets from our own tables, never what a client sent.
import { Counter, Gauge, Registry } from '@prometheus-io/client'

export interface Metrics {
  /** One proxied answer. Called for every request, so it only adds one to a number. */
  answered(route: string, status: number): void
  readonly denials: Counter<'code'>
  readonly signIns: Counter<'provider' | 'outcome'>
  readonly refreshes: Counter<'provider' | 'outcome'>
  readonly cookiesUnreadable: Counter
  readonly recordsUnsealable: Counter
  readonly leaksPrevented: Counter
  readonly storeFailures: Counter
  render(): Promise<{ contentType: string; text: string }>
}

/** `nearSize`: sessions in this process's memory at the moment of asking. */
export function createMetrics(nearSize: () => number): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name: `coatcheck_${name}`, help, labelNames, registers })
  new Gauge({
    name: 'coatcheck_near_sessions',
    help: 'Unsealed sessions in memory',
    registers,
    collect() {
      this.set(nearSize())
    },
  })
  // By route, then by status class.
  const answers = new Map<string, number[]>()
  new Counter<'route' | 'class'>({
    name: 'coatcheck_answers_total',
    help: 'Proxied answers by status class',
    labelNames: ['route', 'class'],
    registers,
    collect() {
      this.reset()
      for (const [route, classes] of answers) {
        for (const [first, count] of classes.entries()) {
          if (count > 0) this.inc({ route, class: `${first}xx` }, count)
        }
      }
    },
  })
  return {
    answered(route, status) {
      const classes = answers.get(route) ?? [0, 0, 0, 0, 0, 0]
      if (!answers.has(route)) answers.set(route, classes)
      const first = Math.trunc(status / 100)
      classes[first] = (classes[first] ?? 0) + 1
    },
    denials: counter('denials_total', 'Requests the gateway answered with a problem', ['code']),
    signIns: counter('sign_ins_total', 'Sign-in attempts', ['provider', 'outcome']),
    refreshes: counter('refreshes_total', 'Token renewals', ['provider', 'outcome']),
    cookiesUnreadable: counter('cookies_unreadable_total', 'Cookies that no key opens'),
    recordsUnsealable: counter(
      'records_unsealable_total',
      'Records that their ticket did not open',
    ),
    leaksPrevented: counter(
      'leak_prevented_total',
      'Tokens stopped on the way to the wrong request',
    ),
    storeFailures: counter('store_failures_total', 'Store calls that failed'),
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}
