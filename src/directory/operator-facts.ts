/** Facts about operators as decisions need them: cached by id, without expired grants. */

import { LRUCache } from 'lru-cache'
import { isGuestId } from '../core/guest.ts'
import type { Clock, Instant } from '../core/time.ts'
import type { ChangeKey, Operator, Operators } from '../store/ports.ts'
import { withoutExpired } from './grants.ts'

/** An operator without expired grants. `lastSignInAt` may be out of date: a sign-in alone changes no fact. */
export interface CurrentOperator extends Operator {
  /** Differs whenever the facts differ from those read before, in this process. */
  readonly revision: number
}

export interface OperatorFacts {
  /**
   * The operator, at once when his facts are at hand; of a guest always, and never from the store; undefined when there is no such operator (never remembered).
   * Rejects with STORE_UNAVAILABLE. Lookups of one id that overlap share one read.
   */
  load(id: string): CurrentOperator | undefined | Promise<CurrentOperator | undefined>
  /** Forgets the operators of the keys `operator:<id>`, or all; other keys are passed over. Reads under way are not kept. */
  evict(keys: readonly ChangeKey[] | 'all'): void
}

interface Kept {
  readonly facts: CurrentOperator
  /** Milliseconds since 1970; from then on a grant in `facts` is over. */
  readonly until: number
}

const KEY_PREFIX = 'operator:'

/** Facts of up to `capacity` operators (default 100,000), those used last. */
export function operatorFacts({
  store,
  clock,
  guest = () => undefined,
  isFresh = () => true,
  capacity = 100_000,
}: {
  store: { readonly operators: Pick<Operators, 'load'> }
  clock: Clock
  /** The guest of that id, as `guestReader` gives him. */
  guest?: (id: string) => CurrentOperator | undefined
  /** Whether a change would have been heard of; while it is false, every load is a read. */
  isFresh?: () => boolean
  capacity?: number
}): OperatorFacts {
  const kept = new LRUCache<string, Kept>({ max: capacity })
  const underWay = new Map<string, Promise<CurrentOperator | undefined>>()
  let revision = 0

  async function readCurrent(id: string): Promise<CurrentOperator | undefined> {
    const operator = await store.operators.load(id)
    if (operator === undefined) return undefined
    revision += 1
    return { ...withoutExpired(operator, clock.now()), revision }
  }

  function read(id: string): Promise<CurrentOperator | undefined> {
    const reading: Promise<CurrentOperator | undefined> = readCurrent(id)
      .then((facts) => {
        // An eviction takes the read out of `underWay`: what it brings may be older than the change.
        if (facts !== undefined && underWay.get(id) === reading) kept.set(id, { facts, until: nearestExpiry(facts) })
        return facts
      })
      .finally(() => {
        if (underWay.get(id) === reading) underWay.delete(id)
      })
    underWay.set(id, reading)
    return reading
  }

  return {
    load(id) {
      if (isGuestId(id)) return guest(id)
      const entry = kept.get(id)
      if (entry !== undefined && isFresh() && clock.now() < entry.until) return entry.facts
      return underWay.get(id) ?? read(id)
    },
    evict(keys) {
      if (keys === 'all') {
        kept.clear()
        underWay.clear()
        return
      }
      for (const key of keys) {
        if (!key.startsWith(KEY_PREFIX)) continue
        kept.delete(key.slice(KEY_PREFIX.length))
        underWay.delete(key.slice(KEY_PREFIX.length))
      }
    },
  }
}

/** The key under which changes of an operator's facts are published. */
export function operatorKey(id: string): ChangeKey {
  return `${KEY_PREFIX}${id}`
}

function nearestExpiry(operator: Operator): number {
  const ends = operator.grants.map((grant) => grant.expiresAt).filter((end): end is Instant => end !== null)
  return Math.min(Number.POSITIVE_INFINITY, ...ends)
}
