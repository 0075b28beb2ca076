/** The access rules of objects: lists, owners, reach, and resources that stand for an object. */

import type { AccessList, HeldRight, ObjectFacts } from '../../../src/authz/model.ts'
import type { ObjectSelector, ObjectType, Operation, ReachWay, RightWay } from '../../../src/profiles/profile.ts'
import {
  mostRestrictive,
  type NaiveCase,
  type NaiveModel,
  naiveHolds,
  neededParts,
  PASS,
  type Part,
  REFUSED,
  resourcePart,
} from './evaluator.ts'
import { naiveArbitration } from './statements.ts'

/** A part for each selector of the operation that is about the object's type. */
export function naiveObjectPart(asked: NaiveCase, operation: Operation): readonly Part[] {
  return selectorParts(asked, operation, asked.selector).map(({ part, seen }) => {
    if (part.effect !== 'deny' || part.hidden || seen) return part
    return { ...part, hidden: !naiveVisible(asked) }
  })
}

/** Whether an operation that reads would show the object to the subject. */
export function naiveVisible(asked: NaiveCase): boolean {
  const { object } = asked
  if (object === null) return false
  return asked.profile.operations.some((operation) => {
    if (!operation.reads || selectorParts(asked, operation).length === 0) return false
    if (operation.access !== 'role' && naiveHolds(asked, operation.accessWhen)) return true
    const parts = [...neededParts(asked, operation), ...selectorParts(asked, operation).map(({ part }) => part)]
    const { effect, hidden } = mostRestrictive(parts)
    return effect !== 'deny' && !hidden
  })
}

/** `seen`: what is denied may be known to be there. */
function selectorParts(
  asked: NaiveCase,
  operation: Operation,
  place: number | null = null,
): readonly { part: Part; seen: boolean }[] {
  const ofType = operation.objects.filter(({ type, when }) => type === asked.object?.type && naiveHolds(asked, when))
  const named = ofType.filter((each) => operation.objects.indexOf(each) === place)
  return (named.length === 0 ? ofType : named).flatMap((selector) => {
    const type = asked.profile.objectTypes.get(selector.type)
    if (type === undefined || asked.object === null) return []
    return [selectorPart(asked, operation, { selector, type, object: asked.object })]
  })
}

function selectorPart(
  asked: NaiveCase,
  operation: Operation,
  { selector, type, object }: { selector: ObjectSelector; type: ObjectType; object: ObjectFacts },
): { part: Part; seen: boolean } {
  const passes = type.passResource !== null && naiveArbitration(asked, type.passResource).effect === 'allow'
  const yes = { part: PASS, seen: false }
  const no = { part: REFUSED, seen: false }
  const { owner } = object
  if (selector.notSelf && owner !== null && 'operator' in owner && owner.operator === asked.subject.id) return no
  if (passes) return yes
  if (selector.reach.length > 0) return reached(asked, selector, type, object) ? yes : no
  switch (type.rule) {
    case 'none':
      return yes
    case 'reach':
      return no
    case 'resource':
      return { part: resourcePart(asked, (type.resource ?? '').slice(0, -1) + object.id), seen: false }
    case 'owner-and-listed':
      return owns(asked, object) || (!selector.ownerOnly && listed(asked, type, object) === true) ? yes : no
    case 'open-unless-listed': {
      const answer = listed(asked, type, object)
      if (answer !== undefined) return answer ? yes : no
      const changes = type.unlistedChanges
      if (operation.reads || changes === null || !naiveHolds(asked, changes.when)) return yes
      return naiveArbitration(asked, changes.resource).effect === 'allow' ? yes : { part: REFUSED, seen: true }
    }
  }
}

/** Whether the union of all lists names the subject; undefined without any list. */
function listed({ subject }: NaiveCase, type: ObjectType, object: ObjectFacts): boolean | undefined {
  const above = object.ancestors.filter((each) => type.parentTypes.includes(each.type))
  const lists = [object, ...above]
    .map(({ accessList }) => accessList)
    .filter((list): list is AccessList => list !== null)
  if (lists.length === 0) return undefined
  const operators = lists.flatMap((list) => list.operators)
  const groups = lists.flatMap((list) => list.groups)
  return operators.includes(subject.id) || (subject.memberships ?? []).some(({ group }) => groups.includes(group))
}

function owns({ subject }: NaiveCase, { owner }: ObjectFacts): boolean {
  if (owner === null) return false
  if ('operator' in owner) return owner.operator === subject.id
  return (subject.memberships ?? []).some(({ group }) => group === owner.group)
}

function reached(asked: NaiveCase, { reach, unowned }: ObjectSelector, type: ObjectType, object: ObjectFacts): boolean {
  const { owner } = object
  if (reach.includes('anyone')) return true
  if (owner === null) return unowned === 'pass' && type.kind === 'object'
  return reach.some((way) => reachedBy(asked, way, object))
}

function reachedBy(asked: NaiveCase, way: ReachWay, object: ObjectFacts): boolean {
  const { owner } = object
  if (owner === null) return false
  if (way === 'self') return 'operator' in owner && owner.operator === asked.subject.id
  if (way === 'member') return 'group' in owner && owns(asked, object)
  if (way === 'anyone') return true
  const owning = 'group' in owner ? [owner.group] : object.ownerGroups
  const holding = (asked.subject.memberships ?? [])
    .filter(({ rights }) => rights.some((held) => held.right === way.right && isFor(held, way, asked.products)))
    .map(({ group }) => group)
  const isReached = (group: string) =>
    chainAbove(asked.model, group).some((each) => holding.includes(each) && !(way.above && each === group))
  return way.groups === 'every' ? owning.length > 0 && owning.every(isReached) : owning.some(isReached)
}

/** Whether a right is for all products; or, where the request says which, for each of these. */
function isFor({ products = null }: HeldRight, way: RightWay, named: readonly string[]): boolean {
  if (way.products === null) return products === null
  if (named.length === 0) return false
  return products === null || named.every((each) => products.includes(each))
}

/** The group and everything above it, upwards by parents. */
function chainAbove(model: NaiveModel, id: string): readonly string[] {
  const group = model.groups.find((each) => each.id === id)
  if (group === undefined) return []
  return group.parent === null ? [id] : [id, ...chainAbove(model, group.parent)]
}
