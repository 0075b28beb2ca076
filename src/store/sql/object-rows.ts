/** Objects with list, parents and owner's groups, read in SQL. */

import { type Kysely, type RawBuilder, sql } from 'kysely'
import { z } from 'zod'

import { AppError } from '../../core/errors.ts'
import type {
  DirectoryObject,
  ObjectName,
  ObjectWithOwner,
  Owner,
  ParentName,
  PendingChange,
} from '../directory-ports.ts'
import type { Tables } from './schema.ts'

const PersonOrGroup = z.union([z.strictObject({ operator: z.string() }), z.strictObject({ group: z.string() })])
const Names = z.array(z.string())

/** What `plannedColumn` writes. */
const Planned = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('owner'), from: PersonOrGroup.nullable(), to: PersonOrGroup.nullable() }),
  z.strictObject({
    kind: z.literal('access-list'),
    to: z.strictObject({ operators: Names, groups: Names }).nullable(),
  }),
  z.strictObject({
    kind: z.literal('parents'),
    to: z.array(z.strictObject({ type: z.string(), id: z.string() })),
  }),
  z.strictObject({ kind: z.literal('delete') }),
])

/** The rows `(service, type, id)` of objects to read; it may speak of `page` itself. */
export type ObjectPage = RawBuilder<unknown>

/** The objects of `page` that are stored, in order of (service, type, id), all of one revision: they come in one statement. */
export async function readObjects(db: Kysely<Tables>, page: ObjectPage): Promise<readonly ObjectWithOwner[]> {
  const { rows } = await sql<Row>`
    with recursive page(service, type, id) as (${page}),
    part(service, type, id, kind, name, second) as (
      select l.service, l.type, l.id, 'operator', l.entry, '' from page
        join listed_operators l on l.service = page.service and l.type = page.type and l.id = page.id
      union all
      select l.service, l.type, l.id, 'group', l.entry, '' from page
        join listed_groups l on l.service = page.service and l.type = page.type and l.id = page.id
      union all
      select p.service, p.type, p.id, 'parent', p.parent_type, p.parent_id from page
        join object_parents p on p.service = page.service and p.type = page.type and p.id = page.id
      union all
      select o.service, o.type, o.id, 'owner-group', m.group_id, '' from page
        join objects o on o.service = page.service and o.type = page.type and o.id = page.id
        join memberships m on m.operator_id = o.owner_operator
    )
    select o.*, part.kind, part.name, part.second from page
      join objects o on o.service = page.service and o.type = page.type and o.id = page.id
      left join part on part.service = o.service and part.type = o.type and part.id = o.id
      order by o.service, o.type, o.id, part.name, part.second
  `.execute(db)
  return assembled(rows)
}

interface Row extends PendingColumns, ObjectName {
  readonly owner_operator: string | null
  readonly owner_group: string | null
  readonly listed: number
  readonly kind: 'operator' | 'group' | 'parent' | 'owner-group' | null
  readonly name: string | null
  readonly second: string | null
}

interface Draft {
  readonly row: Row
  readonly operators: string[]
  readonly groups: string[]
  readonly parents: ParentName[]
  readonly ownerGroups: string[]
}

/** `rows` come object by object. */
function assembled(rows: readonly Row[]): readonly ObjectWithOwner[] {
  const drafts: Draft[] = []
  for (const row of rows) {
    let draft = drafts.at(-1)
    if (draft === undefined || !isSame(draft.row, row)) {
      draft = { row, operators: [], groups: [], parents: [], ownerGroups: [] }
      drafts.push(draft)
    }
    addPart(draft, row)
  }
  return drafts.map(toObject)
}

function isSame(a: ObjectName, b: ObjectName): boolean {
  return a.id === b.id && a.type === b.type && a.service === b.service
}

function addPart(draft: Draft, { kind, name, second }: Row): void {
  if (kind === null || name === null) return
  if (kind === 'operator') draft.operators.push(name)
  else if (kind === 'group') draft.groups.push(name)
  else if (kind === 'parent') draft.parents.push({ type: name, id: second ?? '' })
  else draft.ownerGroups.push(name)
}

function toObject({ row, operators, groups, parents, ownerGroups }: Draft): ObjectWithOwner {
  return {
    service: row.service,
    type: row.type,
    id: row.id,
    owner: ownerOf(row),
    accessList: row.listed === 1 ? { operators, groups } : null,
    parents,
    pending: pendingOf(row),
    ownerGroups,
  }
}

function ownerOf({ owner_operator: operator, owner_group: group }: Row): Owner | null {
  if (operator !== null) return { operator }
  return group === null ? null : { group }
}

type PendingColumns = Pick<
  Tables['objects'],
  'pending_id' | 'pending_by' | 'pending_since' | 'pending_until' | 'planned'
>

/** The columns of a pending change, or of none. */
export function pendingColumns(pending: PendingChange | null): PendingColumns {
  return {
    pending_id: pending?.id ?? null,
    pending_by: pending?.by ?? null,
    pending_since: pending?.since ?? null,
    pending_until: pending?.until ?? null,
    planned: pending === null ? null : JSON.stringify(pending.planned),
  }
}

function pendingOf(row: PendingColumns): DirectoryObject['pending'] {
  const { pending_id: id, pending_by: by, pending_since: since, pending_until: until, planned } = row
  if (id === null) return null
  if (since === null || until === null || planned === null) throw new AppError('INTERNAL', 'half a pending change')
  return { id, by, since, until, planned: Planned.parse(JSON.parse(planned)) }
}
