/** Decisions that cannot be made: whatever was asked is refused, and somebody is told. */

import type { Alarms } from '../core/alarms.ts'
import { toAppError } from '../core/errors.ts'

export interface DecisionAlarm {
  /** Makes a decision about a service. What it throws goes on, and raises the alarm unless it is an ordinary refusal, such as that of a store that is away. */
  decide<Value>(service: string, work: () => Value | Promise<Value>): Value | Promise<Value>
  /** A request was decided to its end: the alarm is over. */
  decided(service: string): void
}

/** The alarm DECISION_FAILED, by service. */
export function decisionAlarm(alarms: Pick<Alarms, 'raise' | 'clear'>): DecisionAlarm {
  const failing = new Set<string>()
  function failed(service: string, error: unknown): never {
    const { code, message } = toAppError(error)
    if (code === 'INTERNAL') {
      failing.add(service)
      alarms.raise('DECISION_FAILED', service, message)
    }
    throw error
  }
  return {
    decide(service, work) {
      try {
        const value = work()
        return value instanceof Promise ? value.catch((error: unknown) => failed(service, error)) : value
      } catch (error) {
        return failed(service, error)
      }
    },
    decided(service) {
      if (failing.size > 0 && failing.delete(service)) alarms.clear('DECISION_FAILED', service)
    },
  }
}
