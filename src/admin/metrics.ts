/** What the gateway counts, in Prometheus' text format. Labels have few values: ids of the configuration, codes, classes. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Alarms } from '../core/alarms.ts'
import type { Clock, Instant } from '../core/time.ts'
import type { StoreStats } from '../store/ports.ts'

export interface Metrics {
  /** One forwarded or refused request of the data plane; `service` is null where none matched, `code` where none was refused. */
  observeRequest(request: { service: string | null; status: number; seconds: number; code: string | null }): void
  /** One visit to the assertion consumer: `signed-in` or an error code. */
  countSignIn(visit: { provider: string; outcome: string }): void
  /** One thing that the audit could not record: a change that was refused, or a denial. */
  countAuditShortfall(kind: string): void
  /** One exchange with an engine of the store on another machine. */
  observeStoreCall(call: { engine: string; operation: string; seconds: number; failed: boolean }): void
  /** From now on these are asked; before, there is nothing to ask. */
  watch(watched: Watched): void
  /** The effective configuration now in force. */
  setConfig(config: ConfigFacts): void
  /** Everything, as text; `type` is its content type. */
  render(): Promise<{ type: string; body: string }>
}

export interface ConfigFacts {
  readonly hash: string
  readonly unsecuredServices: readonly string[]
  /** Asked at each scrape. */
  readonly certificates: () => readonly { readonly kind: string; readonly name: string; readonly end: Instant }[]
}

/** What is asked at each scrape. */
export interface Watched {
  readonly sessionCount: () => Promise<number>
  readonly storeStats: () => StoreStats
  /** Lengths by name. */
  readonly queues: Readonly<Record<string, () => number>>
  readonly unconfirmedSeconds: () => number
}

/** Metrics of one gateway, on a registry of their own. */
export function metrics({ alarms, clock }: { alarms: Alarms; clock: Clock }): Metrics {
  let watched: Watched | undefined
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const observeRequest = requestMetrics(registry)
  addStandingMetrics(registry, alarms, () => watched)
  addStoreMetrics(registry, () => watched?.storeStats())
  const setConfig = configMetrics(registry, clock)
  const observeStoreCall = storeCallMetrics(registry)
  const signIns = new Counter({
    name: 'gatehouse_sign_ins_total',
    help: 'Visits to the assertion consumer by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers: [registry],
  })
  const shortfalls = new Counter({
    name: 'gatehouse_audit_shortfalls_total',
    help: 'What the audit could not record: changes that were refused (full, late, failed), denials (denial)',
    labelNames: ['kind'],
    registers: [registry],
  })
  return {
    observeRequest,
    countSignIn: (visit) => signIns.inc(visit),
    countAuditShortfall: (kind) => shortfalls.inc({ kind }),
    observeStoreCall,
    watch(given) {
      watched = given
    },
    setConfig,
    render: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  }
}

function requestMetrics(registry: Registry): Metrics['observeRequest'] {
  const requests = new Histogram({
    name: 'gatehouse_request_duration_seconds',
    help: 'Requests of the data plane by service and status class',
    labelNames: ['service', 'class'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'gatehouse_refusals_total',
    help: 'Requests of the data plane that were refused or failed, by code',
    labelNames: ['code'],
    registers: [registry],
  })
  return ({ service, status, seconds, code }) => {
    requests.observe({ service: service ?? '-', class: STATUS_CLASSES[Math.floor(status / 100)] ?? 'other' }, seconds)
    if (code !== null) refusals.inc({ code })
  }
}

/** By the first digit of the status; 0 is that of no answer. */
const STATUS_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx', '7xx', '8xx', '9xx'] as const

/** What is counted only when somebody looks. */
function addStandingMetrics(registry: Registry, alarms: Alarms, watched: () => Watched | undefined): void {
  const registers = [registry]
  new Gauge({
    name: 'gatehouse_sessions',
    help: 'Sessions kept, open or not yet cleaned away',
    registers,
    async collect() {
      // A store that is away must not take the other figures with it.
      this.set(
        (await watched()
          ?.sessionCount()
          .catch(() => Number.NaN)) ?? 0,
      )
    },
  })
  new Gauge({
    name: 'gatehouse_alarms',
    help: 'Alarms that are raised, by code',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset()
      for (const { code } of alarms.list()) this.inc({ code })
    },
  })
  new Gauge({
    name: 'gatehouse_queue_length',
    help: 'What waits: transactions for the writer, messages for a verifying thread, records of the audit for a transaction',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const [queue, length] of Object.entries(watched()?.queues ?? {})) this.set({ queue }, length())
    },
  })
  new Gauge({
    name: 'gatehouse_unconfirmed_seconds',
    help: 'Since when the store has not said whether anything has changed; from 2 s on nothing cached is served',
    registers,
    collect() {
      this.set(watched()?.unconfirmedSeconds() ?? Number.POSITIVE_INFINITY)
    },
  })
}

function addStoreMetrics(registry: Registry, stats: () => StoreStats | undefined): void {
  const registers = [registry]
  new Gauge({
    name: 'gatehouse_store_transactions',
    help: 'Transactions committed since the start',
    registers,
    collect() {
      this.set(stats()?.transactions ?? 0)
    },
  })
  new Gauge({
    name: 'gatehouse_store_commits',
    help: 'Writes to the disk since the start; transactions that wait together share one',
    registers,
    collect() {
      this.set(stats()?.commits ?? 0)
    },
  })
  const durations = new Histogram({
    name: 'gatehouse_store_transaction_seconds',
    help: 'From the call of a transaction until it is durable; at most the first 1,000 after each scrape',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
    collect() {
      for (const seconds of stats()?.takeDurations() ?? []) durations.observe(seconds)
    },
  })
}

function storeCallMetrics(registry: Registry): Metrics['observeStoreCall'] {
  const calls = new Histogram({
    name: 'gatehouse_store_call_duration_seconds',
    help: 'Exchanges with an engine of the store on another machine, by operation and outcome',
    labelNames: ['engine', 'operation', 'outcome'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers: [registry],
  })
  return ({ engine, operation, seconds, failed }) =>
    calls.observe({ engine, operation, outcome: failed ? 'failed' : 'answered' }, seconds)
}

const DAY_MILLISECONDS = 24 * 3600 * 1000

function configMetrics(registry: Registry, clock: Clock): Metrics['setConfig'] {
  const registers = [registry]
  let certificates: ConfigFacts['certificates'] = () => []
  const config = new Gauge({
    name: 'gatehouse_config_info',
    help: 'The effective configuration; always 1',
    labelNames: ['hash'],
    registers,
  })
  const unsecured = new Gauge({
    name: 'gatehouse_authorization_off',
    help: 'Services whose authorization is off',
    labelNames: ['service'],
    registers,
  })
  new Gauge({
    name: 'gatehouse_certificate_days_left',
    help: 'Days until a certificate ends; of an identity provider the last one that it has',
    labelNames: ['kind', 'name'],
    registers,
    collect() {
      this.reset()
      for (const { kind, name, end } of certificates()) {
        this.set({ kind, name }, Math.floor((end - clock.now()) / DAY_MILLISECONDS))
      }
    },
  })
  return (facts) => {
    certificates = facts.certificates
    config.reset()
    config.set({ hash: facts.hash }, 1)
    unsecured.reset()
    for (const service of facts.unsecuredServices) unsecured.set({ service }, 1)
  }
}
