/** A store whose calls fail when a test says so, as an engine does that goes away in the middle. */

import { setTimeout as delay } from 'node:timers/promises'

import { AppError } from '../../src/core/errors.ts'
import { openStore } from '../../src/store/open.ts'
import type { Ports, Store } from '../../src/store/ports.ts'

/** A call of a port, such as `sessions.create`; `ping`; or `commit`: everything was written, and then the engine failed. */
export type PortCall = `${keyof Ports}.${string}` | 'ping' | 'commit'

export interface StoreFailures {
  /** Opens the configured store behind the failures. */
  readonly open: typeof openStore
  /** From now on this call throws STORE_UNAVAILABLE; null: none does. */
  fail(call: PortCall | null): void
  /** From now on each transaction takes so long before its commit, as on a slow disk. */
  slow(milliseconds: number): void
  /** How often a call was made to fail. */
  readonly count: () => number
}

/** No call fails at first. */
export function failingStore(): StoreFailures {
  let failing: PortCall | null = null
  let count = 0
  let slowness = 0
  const check = (call: string): void => {
    if (call !== failing) return
    count += 1
    throw new AppError('STORE_UNAVAILABLE', `${call} was made to fail`)
  }
  return {
    async open(config, parts) {
      const store = await openStore(config, parts)
      return {
        ...guarded(store, check),
        transaction: (work) =>
          store.transaction(async (ports) => {
            const value = await work(guarded(ports, check))
            if (slowness > 0) await delay(slowness)
            check('commit')
            return value
          }),
        sessionsAwaySince: store.sessionsAwaySince,
        stats: store.stats,
        async ping() {
          check('ping')
          await store.ping()
        },
        close: () => store.close(),
      } satisfies Store
    },
    fail(call) {
      failing = call
    },
    slow(milliseconds) {
      slowness = milliseconds
    },
    count: () => count,
  }
}

function guarded(ports: Ports, check: (call: string) => void): Ports {
  const guard = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver)
        if (typeof value !== 'function') return value
        return async (...given: readonly unknown[]) => {
          check(`${name}.${String(key)}`)
          return value.apply(target, given)
        }
      },
    })
  return {
    operators: guard('operators', ports.operators),
    roles: guard('roles', ports.roles),
    groups: guard('groups', ports.groups),
    objects: guard('objects', ports.objects),
    sessions: guard('sessions', ports.sessions),
    handoffs: guard('handoffs', ports.handoffs),
    oneTime: guard('oneTime', ports.oneTime),
    traces: guard('traces', ports.traces),
    audit: guard('audit', ports.audit),
    revisions: guard('revisions', ports.revisions),
    restores: guard('restores', ports.restores),
  }
}
