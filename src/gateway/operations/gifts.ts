/** What a request would give to somebody at the service: nobody gives what he does not hold there himself (G-9, W-18). */

import type { Snapshot } from '../../authz/model.ts'
import { AppError } from '../../core/errors.ts'
import type { Gift, Giver } from '../../directory/delegation.ts'
import type { Candidate } from '../../profiles/operation-table.ts'
import type { Giving, ValueSource } from '../../profiles/profile.ts'
import { idsAt, type RequestFacts } from '../../profiles/request-facts.ts'
import type { Judgement } from './judge.ts'

export interface GiftParts {
  readonly snapshot: () => Snapshot
  /** Throws DELEGATION_EXCEEDED for somebody who gives what he does not hold there himself. */
  readonly checkGift: (giver: Giver, gift: Gift) => void
}

/** Why an allowed request would give more than its giver holds, or undefined. */
export function giftRefusal(
  { snapshot, checkGift }: GiftParts,
  giver: Giver,
  service: string,
  { candidate, facts, decision }: Judgement,
): AppError | undefined {
  if (candidate === null || decision.rule === 'authorization-off') return undefined
  try {
    const gift = giftOf(snapshot(), service, candidate, facts)
    if (gift !== undefined) checkGift(giver, gift)
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

/** A group that is not there: nobody holds anything in it. */
const NO_GROUP = ''

/** What the request gives, if anything. Throws OBJECT_UNDETERMINED when it does not say so plainly. */
function giftOf(
  snapshot: Snapshot,
  service: string,
  { operation, parameters }: Candidate,
  facts: RequestFacts,
): Gift | undefined {
  const { gives } = operation
  if (gives === null) return undefined
  const valuesAt = (source: ValueSource): readonly string[] => {
    const values = idsAt(source, parameters, facts)
    if (values === undefined)
      throw new AppError('OBJECT_UNDETERMINED', 'the request does not say plainly what it gives')
    return values
  }
  return gives.kind === 'role' ? roleGift(snapshot, service, gives, valuesAt) : rightsGift(snapshot, gives, valuesAt)
}

function rightsGift(
  { groupsByPath }: Snapshot,
  { rights, products, group }: Extract<Giving, { kind: 'rights' }>,
  valuesAt: (source: ValueSource) => readonly string[],
): Gift | undefined {
  const named = valuesAt(rights)
  const [path = '', another] = valuesAt(group)
  if (named.length === 0) return undefined
  if (another !== undefined) throw new AppError('OBJECT_UNDETERMINED', 'rights in several groups at once')
  const only = products === null ? [] : valuesAt(products)
  const held = named.map((right) => ({ right, products: only.length === 0 ? null : only }))
  return { kind: 'rights', group: groupsByPath.get(path)?.id ?? NO_GROUP, rights: held }
}

function roleGift(
  { services }: Snapshot,
  service: string,
  { role, names, unnamed }: Extract<Giving, { kind: 'role' }>,
  valuesAt: (source: ValueSource) => readonly string[],
): Gift | undefined {
  const [name, another] = valuesAt(role)
  if (another !== undefined) throw new AppError('OBJECT_UNDETERMINED', 'several roles at once')
  const rules = services.get(service)
  const short = name === undefined ? unnamed : names.get(name)
  if (rules === undefined || short === null) return undefined
  // Nobody knows what another word stands for: it may be the most there is.
  const given = short === undefined ? rules.administratorRole : `${rules.profile}:${short}`
  return { kind: 'role', role: { role: given, service, scope: null } }
}
