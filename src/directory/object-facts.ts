/** Facts about objects as decisions need them: owner, lists and everything above, cached by name. */

import { LRUCache } from 'lru-cache'

import type { ObjectFacts } from '../authz/model.ts'
import { storedFacts, unknownFacts } from '../authz/object-resolution.ts'
import type { ObjectWithOwner, PendingChange } from '../store/directory-ports.ts'
import type { ChangeKey, Store } from '../store/ports.ts'
import { changesSeen } from './changes-seen.ts'
import { objectKey as nameKey } from './model.ts'
import { operatorKey } from './operator-facts.ts'

/** What a decision needs of an object, and whether a change of it is under way. */
export interface CurrentObject extends ObjectFacts {
  readonly service: string
  readonly pending: PendingChange | null
}

export interface ObjectFactsSource {
  /** The object, at once when its facts are at hand; one that is not stored has no owner, no list and no parents. Rejects with STORE_UNAVAILABLE. */
  load(service: string, type: string, id: string): CurrentObject | Promise<CurrentObject>
  /** The objects in the order of `ids`; those that are not at hand are read together. */
  loadAll(service: string, type: string, ids: readonly string[]): Promise<readonly CurrentObject[]>
  /** Forgets what the keys `object:…`, `operator:<id>` and `groups` bear on, or all. Reads under way are not kept. */
  evict(keys: readonly ChangeKey[] | 'all'): void
}

interface Kept {
  readonly facts: CurrentObject
  /** Keys of everything that the facts were made from. */
  readonly from: ReadonlySet<ChangeKey>
}

/** Facts of up to `capacity` objects, those used last; for an object with much above it the count is a rough one. */
export function objectFacts({
  store,
  isFresh = () => true,
  capacity = 200_000,
}: {
  store: { readonly objects: Pick<Store['objects'], 'family'> }
  /** Whether a change would have been heard of; while it is false, every load is a read. */
  isFresh?: () => boolean
  capacity?: number
}): ObjectFactsSource {
  const keptBySource = new Map<ChangeKey, Set<string>>()
  const kept = new LRUCache<string, Kept>({
    max: capacity,
    dispose: ({ from }, name) => {
      for (const key of from) unlink(keptBySource, key, name)
    },
  })
  const changes = changesSeen()

  function keep(entry: Kept): void {
    const name = nameKey(entry.facts)
    kept.set(name, entry)
    for (const key of entry.from) {
      const names = keptBySource.get(key)
      if (names === undefined) keptBySource.set(key, new Set([name]))
      else names.add(name)
    }
  }

  async function read(service: string, type: string, ids: readonly string[]): Promise<readonly CurrentObject[]> {
    const reading = changes.begin()
    try {
      const family = await store.objects.family(service, type, ids)
      const known = new Map(family.map((object) => [nameKey(object), object]))
      return ids.map((id) => {
        const entry = resolve({ service, type, id }, known)
        // What was changed while it was read may be the older one.
        if (!reading.touches(entry.from)) keep(entry)
        return entry.facts
      })
    } finally {
      reading.end()
    }
  }

  return {
    load(service, type, id) {
      const entry = kept.get(nameKey({ service, type, id }))
      if (entry !== undefined && isFresh()) return entry.facts
      return read(service, type, [id]).then((facts) => first(facts, { service, type, id }))
    },
    async loadAll(service, type, ids) {
      const fresh = isFresh()
      const atHand = (id: string) => (fresh ? kept.get(nameKey({ service, type, id }))?.facts : undefined)
      const at = new Map(ids.map((id) => [id, atHand(id)]))
      const missing = [...at].flatMap(([id, facts]) => (facts === undefined ? [id] : []))
      if (missing.length > 0) for (const facts of await read(service, type, missing)) at.set(facts.id, facts)
      return ids.map((id) => at.get(id) ?? unknownObject({ service, type, id }))
    },
    evict(keys) {
      changes.see(keys)
      if (keys === 'all') return kept.clear()
      for (const key of keys) for (const name of [...(keptBySource.get(key) ?? [])]) kept.delete(name)
    },
  }
}

/** The key under which changes of an object are published. */
export function objectChangeKey({ service, type, id }: { service: string; type: string; id: string }): ChangeKey {
  return `object:${service}:${type}:${id}`
}

interface Named {
  readonly service: string
  readonly type: string
  readonly id: string
}

function resolve(name: Named, known: ReadonlyMap<string, ObjectWithOwner>): Kept {
  const { service, type, id } = name
  const stored = (of: string, called: string) => known.get(nameKey({ service, type: of, id: called }))
  const facts = storedFacts(type, id, stored)
  const from = new Set([name, ...facts.ancestors.map((above) => ({ service, ...above }))].map(objectChangeKey))
  if (facts.owner !== null && 'operator' in facts.owner) from.add(operatorKey(facts.owner.operator))
  return { facts: { service, ...facts, pending: stored(type, id)?.pending ?? null }, from }
}

function unknownObject({ service, type, id }: Named): CurrentObject {
  return { service, ...unknownFacts(type, id), pending: null }
}

function first(facts: readonly CurrentObject[], name: Named): CurrentObject {
  return facts[0] ?? unknownObject(name)
}

function unlink(index: Map<ChangeKey, Set<string>>, key: ChangeKey, name: string): void {
  const names = index.get(key)
  names?.delete(name)
  if (names?.size === 0) index.delete(key)
}
