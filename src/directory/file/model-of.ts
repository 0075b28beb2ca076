/** The directory that a directory file describes by itself, beside no other. */

import type { SnapshotService } from '../../authz/snapshot.ts'
import { failed, ok, type Result } from '../../core/result.ts'
import type { Instant } from '../../core/time.ts'
import type { Profile } from '../../profiles/profile.ts'
import { type DirectoryModel, EMPTY_MODEL } from '../model.ts'
import { mergeFile } from './merge.ts'
import type { FileProblem } from './problems.ts'
import { checkContent } from './read.ts'

/**
 * The directory of `content`, the parsed text of a directory file, with made-up ids; or every problem. An operator whose
 * entry names no provider is of `local`; any provider may be named.
 */
export function modelOf(
  content: unknown,
  {
    profiles,
    services,
    now,
  }: { profiles: ReadonlyMap<string, Profile>; services: readonly SnapshotService[]; now: Instant },
): Result<DirectoryModel, readonly FileProblem[]> {
  const checked = checkContent(content)
  if (!checked.ok) return failed(checked.error)
  let made = 0
  const newId = () => {
    made += 1
    return `id-${made}`
  }
  const context = { profiles, services, providers: null, defaultProvider: 'local', prune: false, now, newId }
  const merged = mergeFile(EMPTY_MODEL, checked.value, context)
  return merged.ok ? ok(merged.value) : failed(merged.error)
}
