/** Sessions on their way to another host, in memory. */

import { AppError } from '../../core/errors.ts'
import type { Handoffs } from '../ports.ts'
import { removeUpTo } from './records.ts'
import type { Reach } from './state.ts'

export function memoryHandoffs(reach: Reach): Handoffs {
  return {
    async issue(handoff) {
      const { sessions, handoffs } = reach()
      if (!sessions.has(handoff.sessionId)) return false
      if (handoffs.has(handoff.codeHash)) throw new AppError('INTERNAL', 'a code of a hand-over is there already')
      handoffs.set(handoff.codeHash, structuredClone(handoff))
      return true
    },
    async consume(codeHash, now) {
      const { handoffs } = reach()
      const handoff = handoffs.get(codeHash)
      handoffs.delete(codeHash)
      return handoff === undefined || handoff.until <= now ? undefined : structuredClone(handoff)
    },
    removeExpired: async (now, limit) => removeUpTo(limit, reach().handoffs, ({ until }) => until <= now),
  }
}
