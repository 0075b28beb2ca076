/** How every change of the directory is made: rows, audit record and revision in one transaction, then told to this process. */

import type { SnapshotService } from '../authz/snapshot.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { Profile } from '../profiles/profile.ts'
import type { ChangeKey, Store } from '../store/ports.ts'
import type { Change } from './change.ts'

/** Operator id of who makes the change; null: the command. */
export type Actor = string | null

/** Services and profiles of the configuration in force. */
export interface Rules {
  readonly services: readonly SnapshotService[]
  readonly profiles: ReadonlyMap<string, Profile>
}

export interface DirectoryParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly rules: () => Rules
  /** Hears of each change once it is committed, so that the process that made it can drop what it remembers. */
  readonly published: (revision: number, keys: readonly ChangeKey[]) => void | Promise<void>
}

/** What a change came to; without keys nothing changed and nothing is published. */
export interface Outcome<Value> {
  readonly value: Value
  readonly keys: readonly ChangeKey[]
}

export type Commit = <Value>(actor: Actor, work: (change: Change) => Promise<Outcome<Value>>) => Promise<Value>

/** A function that makes changes. What `work` throws undoes all of it. */
export function committer({ store, clock, random, rules, published }: DirectoryParts): Commit {
  return async (actor, work) => {
    const { value, keys, revision } = await store.transaction(async (ports) => {
      const done = await work({ ports, clock, random, ...rules(), actor })
      return { ...done, revision: done.keys.length > 0 ? await ports.revisions.publish(done.keys) : null }
    })
    if (revision !== null) await published(revision, keys)
    return value
  }
}
