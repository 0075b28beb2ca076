/** One-time keys and traces in memory. */

import { AppError } from '../../core/errors.ts'
import type { OneTime, Traces } from '../ports.ts'
import type { Reach } from './state.ts'

export function memoryOneTime(reach: Reach): OneTime {
  return {
    async claim(key, until, now) {
      const { oneTime } = reach()
      const held = oneTime.get(key)
      if (held !== undefined && held > now) return false
      oneTime.set(key, until)
      return true
    },
    removeExpired: async (now, limit) => removeUpTo(limit, reach().oneTime, (until) => until <= now),
  }
}

export function memoryTraces(reach: Reach): Traces {
  return {
    async save(trace) {
      const { traces } = reach()
      if (traces.has(trace.reference)) throw new AppError('INTERNAL', `trace ${trace.reference} is there already`)
      traces.set(trace.reference, structuredClone(trace))
    },
    load: async (reference) => structuredClone(reach().traces.get(reference)),
    removeBefore: async (before, limit) => removeUpTo(limit, reach().traces, (trace) => trace.at < before),
  }
}

/** Removes the first entries that `doomed` is true of. */
export function removeUpTo<Value>(limit: number, map: Map<string, Value>, doomed: (value: Value) => boolean): number {
  const keys = [...map].filter(([, value]) => doomed(value)).slice(0, limit)
  for (const [key] of keys) map.delete(key)
  return keys.length
}
