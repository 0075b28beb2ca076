/** What a directory file makes of a directory. Pure: the file's content and a directory in, a directory out. */

import { failed, ok, type Result } from '../../core/result.ts'
import type { DirectoryModel } from '../model.ts'
import type { MergeContext } from './context.ts'
import { withoutGone, withoutGoneRoles } from './gone.ts'
import { groupDraft } from './group-draft.ts'
import { mergeObjects } from './object-draft.ts'
import { mergeOperators } from './operator-draft.ts'
import { type FileProblem, problemList } from './problems.ts'
import { grantReader, mergeRoles } from './role-draft.ts'
import type { DirectoryFile } from './schema.ts'

/**
 * The directory afterwards, or every problem. A key that an entry does not have leaves what is there; one that it has
 * says the whole of it. Ids of what is there stay.
 */
export function mergeFile(
  current: DirectoryModel,
  file: DirectoryFile,
  context: MergeContext,
): Result<DirectoryModel, readonly FileProblem[]> {
  const problems = problemList()
  const parts = { ...context, problems }
  const roles = mergeRoles(current.roles, file.roles, parts)
  const grants = grantReader(roles, parts)
  const remaining = withoutGoneRoles(current, roles)
  const groups = groupDraft(remaining.groups, file.groups, parts)
  const people = mergeOperators(remaining.operators, file.operators, { ...parts, groups, grants })
  const objects = mergeObjects(current.objects, file.objects, { ...parts, groups, people })
  const forest = groups.finish((group, path) => group.roles && grants.read(group.roles, path))
  const next = withoutGone({ operators: people.operators, roles, groups: forest, objects }, problems)
  return problems.all.length > 0 ? failed(problems.all) : ok(next)
}
