/** Sessions in memory. */

import { AppError } from '../../core/errors.ts'
import type { Session, Sessions } from '../ports.ts'
import type { Reach, State } from './state.ts'

export function memorySessions(reach: Reach): Sessions {
  return {
    async create(session, secretHash) {
      const { sessions, secrets } = reach()
      if (sessions.has(session.id) || secrets.has(secretHash)) {
        throw new AppError('INTERNAL', `session ${session.id} or its secret is there already`)
      }
      sessions.set(session.id, structuredClone(session))
      secrets.set(secretHash, session.id)
    },
    async addSecret(id, secretHash) {
      const { sessions, secrets } = reach()
      if (!sessions.has(id)) return false
      if (secrets.has(secretHash)) throw new AppError('INTERNAL', 'a secret is there already')
      secrets.set(secretHash, id)
      return true
    },
    async find(secretHash) {
      const { sessions, secrets } = reach()
      const id = secrets.get(secretHash)
      return id === undefined ? undefined : structuredClone(sessions.get(id))
    },
    async touch(activity) {
      const { sessions } = reach()
      for (const { id, at } of activity) {
        const session = sessions.get(id)
        if (session !== undefined && session.lastActivityAt < at) sessions.set(id, { ...session, lastActivityAt: at })
      }
    },
    revoke: async (id) => removeSessions(reach(), (session) => session.id === id).length > 0,
    revokeOperator: async (operatorId) => removeSessions(reach(), (session) => session.operatorId === operatorId),
    revokeOtherProviders: async (providers) =>
      removeSessions(reach(), (session) => !providers.includes(session.provider)),
    async removeIdle(before, limit) {
      const state = reach()
      const idle = [...state.sessions.values()]
        .filter((session) => session.lastActivityAt < before)
        .sort((a, b) => a.lastActivityAt - b.lastActivityAt)
        .slice(0, limit)
      return removeSessions(state, (session) => idle.includes(session)).length
    },
    count: async () => reach().sessions.size,
  }
}

function removeSessions(state: State, doomed: (session: Session) => boolean): string[] {
  const ids = [...state.sessions.values()].filter(doomed).map(({ id }) => id)
  const gone = new Set(ids)
  for (const id of ids) state.sessions.delete(id)
  for (const [hash, id] of state.secrets) if (gone.has(id)) state.secrets.delete(hash)
  for (const [hash, { sessionId }] of state.handoffs) if (gone.has(sessionId)) state.handoffs.delete(hash)
  return ids
}
