/** What the merging of a directory file goes by. */

import type { SnapshotService } from '../../authz/snapshot.ts'
import type { Instant } from '../../core/time.ts'
import type { Profile } from '../../profiles/profile.ts'

export interface MergeContext {
  readonly profiles: ReadonlyMap<string, Profile>
  readonly services: readonly SnapshotService[]
  /** Ids that new operators may be of: identity providers and `local`. Null: any. */
  readonly providers: readonly string[] | null
  /** Provider of a new operator whose entry names none; null: it must. */
  readonly defaultProvider: string | null
  /** Whether what a section does not name is taken out; a section that is not there takes nothing out. */
  readonly prune: boolean
  readonly now: Instant
  readonly newId: () => string
}
