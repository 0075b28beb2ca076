/** The snapshot in force: compiled from a configuration's services and the directory's roles and groups, and again when these change. */

import type { Snapshot } from '../authz/model.ts'
import { compileSnapshot, type SnapshotService } from '../authz/snapshot.ts'
import type { Alarms } from '../core/alarms.ts'
import { AppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { type Cancel, type Clock, type Instant, seconds, soon } from '../core/time.ts'
import type { Profile } from '../profiles/profile.ts'
import type { Group } from '../store/directory-ports.ts'
import type { ChangeKey, Store } from '../store/ports.ts'
import { holds } from './grants.ts'

const ALARM = 'SNAPSHOT_FAILED'

/** Timers do not count further. */
const LONGEST_WAIT_SECONDS = 24 * 3600

export interface LiveSnapshot {
  /** The newest that compiled. */
  current(): Snapshot
  /** Reads the directory again when `roles` or `groups` is among the keys; resolves when the snapshot is in force or was refused. */
  refresh(keys: readonly ChangeKey[] | 'all'): Promise<void>
  close(): void
}

/**
 * Compiles and resolves with the first snapshot in force. Throws CONFIG_INVALID (see `compileSnapshot`) and
 * STORE_UNAVAILABLE. Later, what does not compile or cannot be read leaves the snapshot as it is and raises the alarm
 * SNAPSHOT_FAILED, until one compiles. `nextRevision` gives each snapshot of the process another number. Roles of
 * groups that are over are left out, and the snapshot is made anew when the next one ends. `subscribe`: to the changes that
 * others make.
 */
export async function liveSnapshot(parts: {
  store: Pick<Store, 'roles' | 'groups'>
  services: readonly SnapshotService[]
  profiles: ReadonlyMap<string, Profile>
  clock: Clock
  alarms: Alarms
  log: Log
  nextRevision: () => number
  subscribe: (listener: (keys: readonly ChangeKey[] | 'all') => void) => () => void
}): Promise<LiveSnapshot> {
  const { clock, alarms, log } = parts
  let closed = false
  let wake: Cancel = () => {}
  // Before the first reading: what is committed while it is under way is read again behind it.
  const unsubscribe = parts.subscribe((keys) => void refresh(keys))
  const first = build()
  let last: Promise<unknown> = first.catch(() => {})
  let snapshot: Snapshot
  try {
    snapshot = await first
  } catch (error) {
    close()
    throw error
  }

  async function build(): Promise<Snapshot> {
    const { store, services, profiles, nextRevision } = parts
    const [roles, groups] = await Promise.all([store.roles.list(), store.groups.list()])
    const now = clock.now()
    const standing = groups.map((group) => ({ ...group, roles: group.roles.filter((role) => holds(role, now)) }))
    const built = compileSnapshot({ services, profiles, roles, groups: standing, revision: nextRevision() })
    wake()
    wake = wakeAt(nearestEnd(standing), now)
    return built
  }

  function wakeAt(end: Instant | undefined, now: Instant): Cancel {
    if (end === undefined || closed) return () => {}
    const wait = Math.min((end - now) / 1000, LONGEST_WAIT_SECONDS)
    return soon(seconds(wait), () => void again())
  }

  async function rebuild(): Promise<void> {
    if (closed) return
    try {
      snapshot = await build()
      alarms.clear(ALARM, '')
    } catch (error) {
      alarms.raise(ALARM, '', error instanceof AppError ? error.message : String(error))
      log.error('snapshot.failed', errorFields(error))
    }
  }

  /** One after another: a reading that is under way may have missed what was committed since. */
  function again(): Promise<void> {
    const mine = last.then(rebuild)
    last = mine
    return mine
  }

  async function refresh(keys: readonly ChangeKey[] | 'all'): Promise<void> {
    if (keys === 'all' || keys.some((key) => key === 'roles' || key === 'groups')) await again()
  }

  function close(): void {
    closed = true
    unsubscribe()
    wake()
  }

  return { current: () => snapshot, refresh, close }
}

function nearestEnd(groups: readonly Group[]): Instant | undefined {
  const ends = groups.flatMap(({ roles }) => roles.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt])))
  return ends.length === 0 ? undefined : ends.reduce((nearest, end) => (end < nearest ? end : nearest))
}
