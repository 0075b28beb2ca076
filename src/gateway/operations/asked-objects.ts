/** Facts about the objects of a request, whatever kind they are: stored objects, groups and operators of the directory. */

import type { ObjectFacts, Snapshot } from '../../authz/model.ts'
import { groupFacts, personFacts, unknownFacts } from '../../authz/object-resolution.ts'
import type { ObjectType } from '../../profiles/profile.ts'
import type { ObjectReference } from '../../profiles/request-facts.ts'
import type { Operators } from '../../store/ports.ts'
import type { AskedObject, ObjectFactsReader } from './judge.ts'

/** Facts about stored objects; of one that is not stored, that nobody owns or lists it. Reject with STORE_UNAVAILABLE. */
export interface StoredObjects {
  load(service: string, type: string, id: string): AskedObject | Promise<AskedObject>
  loadAll(service: string, type: string, ids: readonly string[]): Promise<readonly AskedObject[]>
}

export interface AskedObjectsParts {
  readonly objects: StoredObjects
  readonly operators: Pick<Operators, 'list'>
  readonly snapshot: () => Snapshot
  /** The type as the profile of the service has it. */
  readonly typeOf: (service: string, type: string) => Pick<ObjectType, 'kind'> | undefined
}

/** A reader that answers at once for a single object at hand. */
export function askedObjects({ objects, operators, snapshot, typeOf }: AskedObjectsParts): ObjectFactsReader {
  function loadType(
    service: string,
    type: string,
    ids: readonly string[],
  ): readonly AskedObject[] | Promise<readonly AskedObject[]> {
    const kind = typeOf(service, type)?.kind ?? 'object'
    if (kind === 'group') return ids.map((id) => groupFacts(snapshot(), type, id))
    if (kind === 'operator') return Promise.all(ids.map((id) => loadPerson(operators, type, id)))
    const [only] = ids
    if (ids.length !== 1 || only === undefined) return objects.loadAll(service, type, ids)
    const facts = objects.load(service, type, only)
    return facts instanceof Promise ? facts.then((each) => [each]) : [facts]
  }

  return {
    load(service, references) {
      const types = [...new Set(references.map(({ type }) => type))]
      const loaded = types.map((type) => loadType(service, type, idsOf(references, type)))
      const arrange = (all: readonly (readonly AskedObject[])[]) => inOrder(references, all.flat())
      return loaded.some((each) => each instanceof Promise)
        ? Promise.all(loaded).then(arrange)
        : arrange(loaded.filter((each): each is readonly AskedObject[] => !(each instanceof Promise)))
    },
  }
}

function idsOf(references: readonly ObjectReference[], type: string): readonly string[] {
  return references.filter((each) => each.type === type).map(({ id }) => id)
}

function inOrder(references: readonly ObjectReference[], facts: readonly AskedObject[]): readonly AskedObject[] {
  const known = new Map(facts.map((each) => [`${each.type}:${each.id}`, each]))
  return references.map(({ type, id }) => known.get(`${type}:${id}`) ?? unknownFacts(type, id))
}

/** An account that several providers have means nobody in particular. */
async function loadPerson(operators: Pick<Operators, 'list'>, type: string, account: string): Promise<ObjectFacts> {
  const [person, another] = await operators.list({ account, limit: 2 })
  return personFacts(type, account, another === undefined ? person : undefined)
}
