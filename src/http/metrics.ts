// Figures for operators (Prometheus text format). Labels are closed sets from our own tables, never what a client sent.
import {
  Counter,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from '@prometheus-io/client'

export interface Metrics {
  /** One proxied answer. Called for every request, so it only adds one to a number. */
  answered(route: string, status: number): void
  readonly denials: Counter<'code'>
  readonly signIns: Counter<'provider' | 'outcome'>
  readonly refreshes: Counter<'provider' | 'outcome'>
  readonly cookiesUnreadable: Counter
  readonly recordsUnsealable: Counter
  readonly repliesDistrusted: Counter
  readonly leaksPrevented: Counter
  /** One answer whose owner was to be checked. Called for every request, so it only adds one to a number. */
  ownerChecked(outcome: 'own' | 'foreign' | 'unchecked'): void
  readonly liveOpened: Counter<'kind'>
  readonly liveClosed: Counter<'kind' | 'why'>
  readonly liveRefused: Counter<'limit'>
  readonly storeFailures: Counter
  readonly storeOutages: Counter<'lost'>
  render(): Promise<MetricsText>
  /** The figures of this process, to be added to those of others. */
  snapshot(): Promise<MetricsSnapshot>
}

export interface MetricsText {
  readonly contentType: string
  readonly text: string
}

/** Plain data: it can be sent to another process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

/** Asked at the moment of rendering: `nearSize`: sessions in this process's memory; `live`: connections by their kind. */
export function createMetrics(
  nearSize: () => number,
  live: () => Readonly<Record<string, number>> = () => ({}),
): Metrics {
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
  new Gauge<'kind'>({
    name: 'coatcheck_live_connections',
    help: 'Open WebSockets, event streams and long answers',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, open] of Object.entries(live())) this.set({ kind }, open)
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
  const owners = { own: 0, foreign: 0, unchecked: 0 }
  new Counter<'outcome'>({
    name: 'coatcheck_owner_checks_total',
    help: 'Answers whose owner was to be checked',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(owners)) this.inc({ outcome }, count)
    },
  })
  return {
    ownerChecked(outcome) {
      owners[outcome]++
    },
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
    repliesDistrusted: counter(
      'store_replies_distrusted_total',
      'Replies of the store that were not believed, and asked for again',
    ),
    leaksPrevented: counter(
      'leak_prevented_total',
      'Tokens and answers stopped on the way to the wrong one',
    ),
    liveOpened: counter('live_opened_total', 'Live connections taken in', ['kind']),
    liveClosed: counter('live_closed_total', 'Live connections that ended', ['kind', 'why']),
    liveRefused: counter('live_refused_total', 'Live connections turned away', ['limit']),
    storeFailures: counter('store_failures_total', 'Store calls that failed'),
    storeOutages: counter('store_outages_total', 'Times that the store went away', ['lost']),
    render: () => textOf(registry),
    snapshot: () => registry.getMetricsAsJSON(),
  }
}

/** What several processes counted, as one. */
export function sumOfMetrics(snapshots: readonly MetricsSnapshot[]): Promise<MetricsText> {
  return textOf(Registry.aggregate([...snapshots]))
}

/** The same, to be added to again. */
export function mergedMetrics(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  return Registry.aggregate([...snapshots]).getMetricsAsArray() as unknown as MetricsSnapshot
}

/**
 * What is left of a process that has gone: its counters, because a sum that goes down would be taken for a restart of
 * all; not its gauges.
 */
export function countersOf(snapshot: MetricsSnapshot): MetricsSnapshot {
  return snapshot.filter(({ type }) => type === 'counter')
}

async function textOf(registry: Registry): Promise<MetricsText> {
  return { contentType: registry.contentType, text: await registry.metrics() }
}
