/** Says in words what decided about an object: which list, which owner, which right in which group. */

import { names } from './access-list.ts'
import type { CompiledSelector } from './compiled.ts'
import { ALLOW } from './effects.ts'
import type { AccessList, ObjectFacts, Subject } from './model.ts'
import type { Asked } from './object-part.ts'
import { ownsHimself, reachingGroup } from './reach.ts'
import type { Verdict } from './verdict.ts'

/** One sentence without names of people: ids of objects and paths of groups. */
export function reasonOf(asked: Asked, selector: CompiledSelector, { code, rule }: Verdict): string {
  const { resources } = asked.service
  const allowed = code === ALLOW
  switch (rule) {
    case 'passes-access-rule':
      return `${resources.names[selector.type.passResource ?? -1] ?? ''} passes every access rule`
    case 'access-list':
      return listReason(asked, selector)
    case 'unlisted-object':
      return `no list applies, and changes then need ${resources.names[selector.type.unlistedChanges ?? -1] ?? ''}`
    case 'owner':
      return ownerReason(asked, allowed)
    case 'reach':
      return reachReason(asked, selector, allowed)
    default:
      return selector.type.rule === 'resource' ? 'the resource of its name says so' : 'its type has no access rule'
  }
}

function listReason({ object, subject }: Asked, { type }: CompiledSelector): string {
  const lists = [
    { place: 'its own list', list: object.accessList },
    ...object.ancestors
      .filter((above) => type.parentTypes.has(above.type))
      .map((above) => ({ place: `the list of ${above.type}:${above.id}`, list: above.accessList })),
  ].filter((each): each is { place: string; list: AccessList } => each.list !== null)
  if (lists.length === 0) return 'no list applies'
  const naming = lists.find(({ list }) => names(list, subject))
  if (naming !== undefined) return `${naming.place} names ${viaGroup(naming.list, subject) ? 'his group' : 'him'}`
  return `${lists.map(({ place }) => place).join(', ')}: named neither himself nor by a group`
}

function viaGroup({ operators }: AccessList, { id }: Subject): boolean {
  return !operators.includes(id)
}

function ownerReason({ object, sketch, standing, snapshot }: Asked, allowed: boolean): string {
  if (object.owner === null) return allowed ? 'nobody owns it, which is enough here' : 'nobody owns it'
  if (!allowed) {
    const himself = ownsHimself(sketch, standing)
    return himself ? 'nobody does this to himself or his own' : `${ownerName(object, snapshot)} owns it`
  }
  return ownsHimself(sketch, standing) ? 'he owns it, or is it' : `he is a member of ${ownerName(object, snapshot)}`
}

function reachReason(asked: Asked, { reach }: CompiledSelector, allowed: boolean): string {
  const ways = reach?.rights ?? []
  if (!allowed) {
    const rights = ways.map(({ right }) => right).join(' or ')
    return `no right ${rights} reaches ${ownerName(asked.object, asked.snapshot)}`
  }
  for (const way of ways) {
    const group = reachingGroup(asked, way)
    if (group !== undefined) return `${way.right} in ${group.path} reaches ${ownerName(asked.object, asked.snapshot)}`
  }
  return ''
}

function ownerName({ owner }: ObjectFacts, snapshot: Asked['snapshot']): string {
  if (owner === null) return 'nobody'
  return 'group' in owner ? `group ${snapshot.groups.get(owner.group)?.path ?? owner.group}` : 'another operator'
}
