/** What the gateway counts, in Prometheus' text format. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Alarms } from '../core/alarms.ts'

export interface Metrics {
  /** One forwarded or refused request of the data plane; `service` is `-` where none matched. */
  observeRequest(request: { service: string; status: number; seconds: number }): void
  /** One visit to the assertion consumer: `signed-in` or an error code. */
  countSignIn(visit: { provider: string; outcome: string }): void
  /** One exchange with an engine of the store on another machine. */
  observeStoreCall(call: { engine: string; operation: string; seconds: number; failed: boolean }): void
  /** The effective configuration now in force. */
  setConfig(hash: string, unsecuredServices: readonly string[]): void
  /** Everything, as text; `type` is its content type. */
  render(): Promise<{ type: string; body: string }>
}

/** Metrics of one gateway, on a registry of their own. */
export function metrics({ alarms, sessionCount }: { alarms: Alarms; sessionCount: () => Promise<number> }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'gatehouse_request_duration_seconds',
    help: 'Requests of the data plane by service and status class',
    labelNames: ['service', 'class'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  })
  const signIns = new Counter({
    name: 'gatehouse_sign_ins_total',
    help: 'Visits to the assertion consumer by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const storeCalls = new Histogram({
    name: 'gatehouse_store_call_duration_seconds',
    help: 'Exchanges with an engine of the store on another machine, by operation and outcome',
    labelNames: ['engine', 'operation', 'outcome'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  })
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
    name: 'gatehouse_sessions',
    help: 'Sessions kept, open or not yet cleaned away',
    registers,
    async collect() {
      this.set(await sessionCount())
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
  return {
    observeRequest: ({ service, status, seconds }) =>
      requests.observe({ service, class: `${Math.floor(status / 100)}xx` }, seconds),
    countSignIn: (visit) => signIns.inc(visit),
    observeStoreCall: ({ engine, operation, seconds, failed }) =>
      storeCalls.observe({ engine, operation, outcome: failed ? 'failed' : 'answered' }, seconds),
    setConfig(hash, unsecuredServices) {
      config.reset()
      config.set({ hash }, 1)
      unsecured.reset()
      for (const service of unsecuredServices) unsecured.set({ service }, 1)
    },
    render: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  }
}
