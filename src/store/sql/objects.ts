/** Objects in SQL. */

import { type Kysely, sql } from 'kysely'

import type {
  AccessList,
  DirectoryObject,
  NewObject,
  ObjectName,
  Objects,
  ObjectWithOwner,
  Owner,
  ParentName,
} from '../directory-ports.ts'
import { inParts } from './in-parts.ts'
import { pendingColumns, readObjects } from './object-rows.ts'
import type { Tables } from './schema.ts'

/** How many ids one statement carries; databases bound the number of parameters. */
const IDS_PER_STATEMENT = 16_384

/** How many rows one statement writes. */
const ROWS_PER_STATEMENT = 500

export function sqlObjects(db: Kysely<Tables>): Objects {
  return {
    load: async (name) => withoutGroups(await readObjects(db, pageOf(name)))[0],
    family: (service, type, ids) => familyOf(db, { service, type, ids }),
    list: async (query) => withoutGroups(await readObjects(db, pageFor(query))),
    create: (objects) => createObjects(db, objects),
    async setOwner(name, { from, to }) {
      const { numUpdatedRows } = await changeable(db, name)
        .set(ownerColumns(to))
        .where(sql`coalesce(owner_operator, '')`, '=', ownerColumns(from).owner_operator ?? '')
        .where(sql`coalesce(owner_group, '')`, '=', ownerColumns(from).owner_group ?? '')
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
    setAccessList: (name, accessList) => setAccessList(db, name, accessList),
    setParents: (name, parents) => setParents(db, name, parents),
    delete: (name) => deleteObject(db, name),
    async begin(name, pending) {
      const { numUpdatedRows } = await changeable(db, name).set(pendingColumns(pending)).executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
    async extend(name, pendingId, until) {
      const { numUpdatedRows } = await pendingOne(db, name, pendingId)
        .set({ pending_until: until })
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
    async release(name, pendingId) {
      const { numUpdatedRows } = await pendingOne(db, name, pendingId)
        .set(pendingColumns(null))
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
  }
}

function withoutGroups(objects: readonly ObjectWithOwner[]): readonly DirectoryObject[] {
  return objects.map(({ ownerGroups: _, ...object }) => object)
}

/** An update of the object, if it is there and nothing is pending. */
function changeable(db: Kysely<Tables>, name: ObjectName) {
  return named(db, name).where('pending_id', 'is', null)
}

function pendingOne(db: Kysely<Tables>, name: ObjectName, pendingId: string) {
  return named(db, name).where('pending_id', '=', pendingId)
}

function named(db: Kysely<Tables>, { service, type, id }: ObjectName) {
  return db.updateTable('objects').where('service', '=', service).where('type', '=', type).where('id', '=', id)
}

function ownerColumns(owner: Owner | null): { owner_operator: string | null; owner_group: string | null } {
  if (owner === null) return { owner_operator: null, owner_group: null }
  return 'operator' in owner
    ? { owner_operator: owner.operator, owner_group: null }
    : { owner_operator: null, owner_group: owner.group }
}

async function createObjects(db: Kysely<Tables>, objects: readonly NewObject[]): Promise<number> {
  let created = 0
  for (const some of inParts(objects, ROWS_PER_STATEMENT)) {
    const rows = await db
      .insertInto('objects')
      .values(
        some.map(({ service, type, id, owner, accessList }) => {
          const listed = Number(accessList !== null)
          return { service, type, id, ...ownerColumns(owner), listed, ...pendingColumns(null) }
        }),
      )
      .onConflict((conflict) => conflict.columns(['service', 'type', 'id']).doNothing())
      .returning(['service', 'type', 'id'])
      .execute()
    const fresh = new Set(rows.map(keyOf))
    const added = some.filter((object) => fresh.delete(keyOf(object)))
    await insertEntries(db, added)
    await insertParents(db, added)
    created += rows.length
  }
  return created
}

function keyOf({ service, type, id }: ObjectName): string {
  return JSON.stringify([service, type, id])
}

async function setAccessList(db: Kysely<Tables>, name: ObjectName, accessList: AccessList | null): Promise<boolean> {
  const { numUpdatedRows } = await changeable(db, name)
    .set({ listed: Number(accessList !== null) })
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  for (const table of ['listed_operators', 'listed_groups'] as const) {
    await db
      .deleteFrom(table)
      .where('service', '=', name.service)
      .where('type', '=', name.type)
      .where('id', '=', name.id)
      .execute()
  }
  await insertEntries(db, [{ ...name, accessList }])
  return true
}

async function insertEntries(
  db: Kysely<Tables>,
  objects: readonly (ObjectName & Pick<DirectoryObject, 'accessList'>)[],
): Promise<void> {
  const rowsOf = (kind: keyof AccessList) =>
    objects.flatMap(({ service, type, id, accessList }) =>
      [...new Set(accessList?.[kind])].map((entry) => ({ service, type, id, entry })),
    )
  for (const rows of inParts(rowsOf('operators'), ROWS_PER_STATEMENT))
    await db.insertInto('listed_operators').values(rows).execute()
  for (const rows of inParts(rowsOf('groups'), ROWS_PER_STATEMENT))
    await db.insertInto('listed_groups').values(rows).execute()
}

async function setParents(db: Kysely<Tables>, name: ObjectName, parents: readonly ParentName[]): Promise<boolean> {
  // Nothing of the row changes: it is asked whether it may.
  const { numUpdatedRows } = await changeable(db, name).set({ id: name.id }).executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  await db
    .deleteFrom('object_parents')
    .where('service', '=', name.service)
    .where('type', '=', name.type)
    .where('id', '=', name.id)
    .execute()
  await insertParents(db, [{ ...name, parents }])
  return true
}

async function insertParents(
  db: Kysely<Tables>,
  objects: readonly (ObjectName & Pick<DirectoryObject, 'parents'>)[],
): Promise<void> {
  const rows = objects.flatMap(({ service, type, id, parents }) => {
    const each = new Map(parents.map((parent) => [JSON.stringify([parent.type, parent.id]), parent]))
    return [...each.values()].map((parent) => {
      return { service, type, id, parent_type: parent.type, parent_id: parent.id }
    })
  })
  for (const some of inParts(rows, ROWS_PER_STATEMENT)) await db.insertInto('object_parents').values(some).execute()
}

async function deleteObject(db: Kysely<Tables>, { service, type, id }: ObjectName): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('objects')
    .where('service', '=', service)
    .where('type', '=', type)
    .where('id', '=', id)
    .where('pending_id', 'is', null)
    .executeTakeFirstOrThrow()
  if (numDeletedRows === 0n) return false
  await db
    .deleteFrom('object_parents')
    .where('service', '=', service)
    .where('parent_type', '=', type)
    .where('parent_id', '=', id)
    .execute()
  return true
}

function pageOf({ service, type, id }: ObjectName) {
  return sql`select service, type, id from objects where service = ${service} and type = ${type} and id = ${id}`
}

function pageFor({ owner, parent, pending, after, limit }: Parameters<Objects['list']>[0]) {
  const conditions = [sql`1 = 1`]
  if (owner !== undefined) {
    conditions.push('operator' in owner ? sql`owner_operator = ${owner.operator}` : sql`owner_group = ${owner.group}`)
  }
  if (parent !== undefined) {
    conditions.push(sql`service = ${parent.service} and (type, id) in (
      select type, id from object_parents
      where service = ${parent.service} and parent_type = ${parent.type} and parent_id = ${parent.id}
    )`)
  }
  if (pending !== undefined) conditions.push(sql`pending_id is not null`)
  if (after !== undefined) conditions.push(sql`(service, type, id) > (${after.service}, ${after.type}, ${after.id})`)
  return sql`
    select * from (
      select service, type, id from objects where ${sql.join(conditions, sql` and `)}
      order by service, type, id limit ${limit}
    ) as narrowed
  `
}

async function familyOf(
  db: Kysely<Tables>,
  { service, type, ids }: { service: string; type: string; ids: readonly string[] },
): Promise<readonly ObjectWithOwner[]> {
  const found = new Map<string, ObjectWithOwner>()
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    const wanted = padded(ids.slice(start, start + IDS_PER_STATEMENT))
    const page = sql`
      select service, type, id from objects
        where service = ${service} and type = ${type} and id in (${sql.join(wanted)})
      union
      select p.service, p.parent_type, p.parent_id from page
        join object_parents p on p.service = page.service and p.type = page.type and p.id = page.id
    `
    for (const object of await readObjects(db, page)) found.set(JSON.stringify([object.type, object.id]), object)
  }
  return [...found.values()]
}

/** The ids, the last one repeated up to a power of two: so few different statements need to be prepared. */
function padded(ids: readonly string[]): readonly string[] {
  const last = ids.at(-1)
  const size = 2 ** Math.ceil(Math.log2(ids.length))
  return last === undefined ? [] : [...ids, ...Array.from({ length: size - ids.length }, () => last)]
}
