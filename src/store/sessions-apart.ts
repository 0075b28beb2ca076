/**
 * A store whose sessions are kept by two engines. The directory's keeps the register: which sessions there are, whose, since
 * when, and which secrets open them. Another keeps what changes and what is long. A session is one only while it is in the
 * register, so whatever the other engine loses, forges or brings back from yesterday, it ends sessions and never makes any.
 */

import { LRUCache } from 'lru-cache'

import { AppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { addSeconds, type Instant, seconds } from '../core/time.ts'
import { committingPorts } from './committing-ports.ts'
import type { LiveFacts, LiveSessions } from './live-sessions.ts'
import type { Ports, Session, Sessions, Store } from './ports.ts'

/** How far the register may be behind with activity: it is asked only which sessions have been idle for weeks. */
const REGISTER_BEHIND = seconds(24 * 3600)
const MOST_REMEMBERED = 100_000

export interface ApartParts {
  readonly directory: Store
  readonly live: LiveSessions
  /** Called inside the transaction that ends a session again because it could not be kept. */
  readonly lost: (ports: Ports, session: Session) => Promise<void>
  readonly log: Log
}

/** What a transaction leaves to be done when it is committed. */
interface Rest {
  readonly created: Map<string, Session>
  readonly touched: { readonly id: string; readonly at: Instant }[]
  readonly ended: Set<string>
}

/**
 * The store made of both. When a committed session cannot be kept, its transaction rejects with STORE_UNAVAILABLE and the
 * session is ended again. `removeIdle` goes by the register, which may be a day behind. Closing it closes both.
 */
export function sessionsApart(parts: ApartParts): Store {
  const { directory, live } = parts
  const transaction: Store['transaction'] = async (work) => {
    const rest: Rest = { created: new Map(), touched: [], ended: new Set() }
    const value = await directory.transaction((ports) =>
      work({ ...ports, sessions: registeringSessions(ports.sessions, live, rest) }),
    )
    await carryOut(parts, rest)
    return value
  }
  const reader = { ...directory, sessions: { ...directory.sessions, find: findIn(directory.sessions, live) } }
  const committing = committingPorts({ reader, transaction })
  return {
    ...committing,
    sessions: { ...committing.sessions, touch: touching(directory.sessions, live) },
    transaction,
    sessionsAwaySince: live.awaySince,
    stats: directory.stats,
    ping: directory.ping,
    async close() {
      live.close()
      await directory.close()
    },
  }
}

/** The sessions as seen inside a transaction: the register is changed with it, the other engine after it. */
function registeringSessions(register: Sessions, live: LiveSessions, rest: Rest): Sessions {
  const find = findIn(register, live)
  return {
    async create(session, secretHash) {
      // Nothing is begun that is known to come to nothing.
      if (live.awaySince() !== undefined) throw new AppError('STORE_UNAVAILABLE', 'the session store is away')
      await register.create(registered(session), registerKey(secretHash))
      rest.created.set(session.id, structuredClone(session))
    },
    addSecret: (id, secretHash) => register.addSecret(id, registerKey(secretHash)),
    async find(secretHash) {
      const known = await register.find(registerKey(secretHash))
      const created = known && rest.created.get(known.id)
      return created ?? find(secretHash)
    },
    async touch(activity) {
      await register.touch(activity)
      rest.touched.push(...activity)
    },
    async revoke(id) {
      const found = await register.revoke(id)
      if (found) rest.ended.add(id)
      return found
    },
    revokeOperator: async (operatorId) => ending(rest, await register.revokeOperator(operatorId)),
    revokeOtherProviders: async (providers) => ending(rest, await register.revokeOtherProviders(providers)),
    removeIdle: register.removeIdle,
    count: register.count,
  }
}

function ending(rest: Rest, ids: readonly string[]): readonly string[] {
  for (const id of ids) rest.ended.add(id)
  return ids
}

function findIn(register: Sessions, live: LiveSessions): Sessions['find'] {
  return async (secretHash) => {
    const known = await register.find(registerKey(secretHash))
    const facts = known && (await live.read(known.id))
    return known && facts && whole(known, facts)
  }
}

function touching(register: Sessions, live: LiveSessions): Sessions['touch'] {
  const told = new LRUCache<string, Instant>({ max: MOST_REMEMBERED })
  return async (activity) => {
    if (activity.length === 0) return
    await live.touch(activity)
    const news = activity.filter(({ id, at }) => {
      const before = told.get(id)
      return before === undefined || at >= addSeconds(before, REGISTER_BEHIND)
    })
    if (news.length === 0) return
    await register.touch(news)
    for (const { id, at } of news) told.set(id, at)
  }
}

/** After the commit: new sessions first, because all that can still fail is theirs. */
async function carryOut({ directory, live, lost, log }: ApartParts, rest: Rest): Promise<void> {
  for (const id of rest.ended) rest.created.delete(id)
  const created = [...rest.created.values()]
  try {
    await Promise.all(created.map((session) => live.write(session)))
  } catch (error) {
    await takeBack({ directory, lost, log }, created)
    throw error
  }
  if (rest.touched.length > 0) await live.touch(rest.touched)
  if (rest.ended.size === 0) return
  // They are over already; what is left there only takes up room.
  await live.remove([...rest.ended]).catch((error: AppError) => log.warn('session.remove.failed', errorFields(error)))
}

/** Nobody got the cookies of these sessions. A write that was given up may still arrive, and counts for nothing then. */
async function takeBack(
  { directory, lost, log }: Pick<ApartParts, 'directory' | 'lost' | 'log'>,
  sessions: readonly Session[],
): Promise<void> {
  try {
    await directory.transaction(async (ports) => {
      for (const session of sessions) if (await ports.sessions.revoke(session.id)) await lost(ports, session)
    })
  } catch (error) {
    log.error('session.take-back.failed', errorFields(error))
  }
}

/** Secrets in the register open nothing when a gateway goes back to keeping its sessions in one engine. */
function registerKey(secretHash: string): string {
  return `apart:${secretHash}`
}

/** What the register holds of a session. */
function registered(session: Session): Session {
  return { ...session, nameId: null, nameIdFormat: null, sessionIndex: null, authnContext: null, attributes: [] }
}

/** Who somebody is, since when and until when at most is as the register says. */
function whole(known: Session, facts: LiveFacts): Session {
  const { nameId, nameIdFormat, sessionIndex, authnContext, attributes } = facts
  const lastActivityAt = facts.lastActivityAt > known.lastActivityAt ? facts.lastActivityAt : known.lastActivityAt
  return { ...known, nameId, nameIdFormat, sessionIndex, authnContext, attributes, lastActivityAt }
}
