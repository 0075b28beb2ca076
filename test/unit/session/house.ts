/** A session service on the memory store, with a clock that tests set and a store that they can watch, hold and break. */

import type { SessionConfig } from '../../../src/config/config.ts'
import { AppError } from '../../../src/core/errors.ts'
import type { Log } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { type Clock, type Instant, instant } from '../../../src/core/time.ts'
import { type SessionCookies, sessionCookies } from '../../../src/session/cookies.ts'
import { type SessionService, sessionService } from '../../../src/session/sessions.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Session, Sessions, Store } from '../../../src/store/ports.ts'

export const T0 = Date.parse('2026-03-02T08:00:00Z')
export const MINUTE = 60_000

export const DEFAULTS: SessionConfig = {
  timeoutMinutes: 30,
  samlOffsetMinutes: 5,
  idpExpiry: 'strict',
  idleMaxMinutes: null,
  absoluteMaxMinutes: null,
}

type Facts = Parameters<SessionService['prepare']>[0]

/** What a sign-in knows of Ann. */
export const FACTS: Facts = {
  operatorId: 'o1',
  provider: 'okta',
  nameId: 'ann',
  nameIdFormat: null,
  sessionIndex: null,
  authnContext: null,
  attributes: [['groups', ['a', 'b']]],
  authenticatedAt: instant(T0),
  sessionNotOnOrAfter: null,
}

/** What the tests move. */
export interface World {
  now: Instant
  settings: SessionConfig
  providers: Set<string>
  /** True: every use of the store throws STORE_UNAVAILABLE. */
  away: boolean
  /** Since when the store says that it is away. */
  awaySince: Instant | undefined
  /** Whether a revocation elsewhere would have been heard of. */
  fresh: boolean
  /** Awaited between the reading of a row and its arrival. */
  reading: Promise<void>
  /** Awaited between the writing of activity and the word that it is written. */
  writing: Promise<void>
  finds: number
  touches: { readonly id: string; readonly at: Instant }[][]
  logged: string[]
}

export interface House {
  readonly world: World
  readonly store: Store
  readonly sessions: SessionService
  readonly cookies: SessionCookies
  /** A second process on the same store. */
  another(): SessionService
  /** Signs in and returns the session with the Cookie header of its browser. */
  signIn(facts?: Partial<Facts>): Promise<{ session: Session; cookie: string }>
}

export function openHouse(): House {
  const world: World = {
    now: instant(T0),
    settings: DEFAULTS,
    providers: new Set(['okta']),
    away: false,
    awaySince: undefined,
    fresh: true,
    reading: Promise.resolve(),
    writing: Promise.resolve(),
    finds: 0,
    touches: [],
    logged: [],
  }
  const store = memoryStore()
  const cookies = sessionCookies({
    publicUrl: { origin: 'https://licences.example.com', host: 'licences.example.com', secure: true },
    key: Buffer.alloc(32, 7),
  })
  const clock: Clock = { now: () => world.now }
  const note = (event: string) => void world.logged.push(event)
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const watched = watch(store, world)
  const another = () =>
    sessionService({
      store: watched,
      cookies,
      settings: () => world.settings,
      activeProviders: () => world.providers,
      isFresh: () => world.fresh,
      clock,
      random: systemRandom,
      log,
    })
  const sessions = another()
  return {
    world,
    store,
    sessions,
    cookies,
    another,
    async signIn(facts = {}) {
      const { session, secretHash, cookieValue } = sessions.prepare({ ...FACTS, ...facts })
      await store.sessions.create(session, secretHash)
      return { session, cookie: `__Host-gatehouse=${cookieValue}` }
    },
  }
}

function watch(store: Store, world: World): Pick<Store, 'sessions' | 'sessionsAwaySince' | 'transaction'> {
  const reach = () => {
    if (world.away) throw new AppError('STORE_UNAVAILABLE', 'the store is away')
  }
  const sessions: Sessions = {
    ...store.sessions,
    async find(secretHash) {
      reach()
      world.finds += 1
      const found = await store.sessions.find(secretHash)
      await world.reading
      return found
    },
    async touch(activity) {
      reach()
      world.touches.push([...activity])
      await store.sessions.touch(activity)
      await world.writing
    },
  }
  return {
    sessions,
    sessionsAwaySince: () => world.awaySince,
    async transaction(work) {
      reach()
      return store.transaction(work)
    },
  }
}
