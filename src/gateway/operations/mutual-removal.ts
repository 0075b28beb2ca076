/**
 * What nobody does to himself, two do not do to each other at once either: of two administrators who delete each other one is
 * left (license-portal.md W-4). While such a request is under way against somebody, he makes none.
 */

import { AppError } from '../../core/errors.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { Operators } from '../../store/ports.ts'
import type { Judgement } from './judge.ts'
import { operatorNamed } from './named-owners.ts'
import type { BeginErrand, ObjectErrand } from './object-errands.ts'

/** Requests against people that have been forwarded and not answered. */
export interface Removals {
  /**
   * Notes one of `by` against `people`, ids of operators, until the function that is returned is called. Throws OBJECT_PENDING while
   * one is under way against `by` at that service.
   */
  begin(service: string, by: string, people: readonly string[]): () => void
}

/** Of this process, which is the only one of its directory. */
export function removalsUnderWay(): Removals {
  const underWay = new Set<{ readonly service: string; readonly people: readonly string[] }>()
  return {
    begin(service, by, people) {
      for (const each of underWay) {
        if (each.service !== service || !each.people.includes(by)) continue
        throw new AppError('OBJECT_PENDING', 'the like is under way against who asks for it')
      }
      const removal = { service, people }
      underWay.add(removal)
      return () => void underWay.delete(removal)
    },
  }
}

/** `begin`, which refuses with OBJECT_PENDING, too, what its actor may be about to lose the right to. */
export function withoutMutualRemoval({
  begin,
  removals,
  operators,
  profileOf,
}: {
  readonly begin: BeginErrand
  readonly removals: Removals
  readonly operators: Pick<Operators, 'list'>
  readonly profileOf: (service: string) => Profile | undefined
}): BeginErrand {
  async function beginAgainst(accounts: readonly string[], ...asked: Parameters<BeginErrand>): Promise<ObjectErrand> {
    const [service, { id }] = asked
    const named = await Promise.all(accounts.map((account) => operatorNamed(operators, account)))
    const people = named.flatMap((each) => (each !== undefined && 'operator' in each ? [each.operator] : []))
    const over = removals.begin(service, id, people)
    try {
      const errand = await begin(...asked)
      return {
        widens: errand?.widens ?? null,
        async conclude(...answer) {
          over()
          await errand?.conclude(...answer)
        },
      }
    } catch (error) {
      over()
      throw error
    }
  }
  return (service, actor, judgement) => {
    const accounts = accountsOf(profileOf(service), judgement)
    return accounts.length === 0 ? begin(service, actor, judgement) : beginAgainst(accounts, service, actor, judgement)
  }
}

/** The people to whom the operation does what nobody does to himself, by account. */
function accountsOf(profile: Profile | undefined, { selected }: Judgement): readonly string[] {
  return selected.flatMap(({ selector: { type, notSelf }, objects }) =>
    notSelf && profile?.objectTypes.get(type)?.kind === 'operator' ? objects.map(({ id }) => id) : [],
  )
}
