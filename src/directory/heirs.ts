/** What becomes of the objects of an operator or a group that is deleted (C-21, W-9): never orphaned in silence. */

import { AppError } from '../core/errors.ts'
import type { Owner } from '../store/directory-ports.ts'
import { type Change, recordChange } from './change.ts'
import { objectText } from './model.ts'
import { objectChangeKey } from './object-facts.ts'
import { ownerText } from './write-model.ts'

/** `refuse`: nothing is deleted while something is owned. Otherwise who owns it from now on. */
export type Heir = 'refuse' | Owner

const PAGE = 1000

/** Gives what `owner` owns to the heir; returns the keys that changed. OWNER_IN_USE when there is none, OBJECT_PENDING when a change of something is under way. */
export async function passOn(change: Change, owner: Owner, heir: Heir): Promise<readonly string[]> {
  const { objects } = change.ports
  const keys: string[] = []
  while (true) {
    const page = await objects.list({ owner, limit: PAGE })
    const [first] = page
    if (first === undefined) return keys
    if (heir === 'refuse') {
      throw new AppError('OWNER_IN_USE', `${objectText(first)} of ${first.service} is owned there; name an heir`)
    }
    if (ownerText(heir) === ownerText(owner)) throw new AppError('OWNER_IN_USE', 'the heir must be somebody else')
    for (const object of page) {
      const { service, type, id } = object
      if (!(await objects.setOwner(object, { from: owner, to: heir }))) {
        throw new AppError('OBJECT_PENDING', `a change of ${objectText(object)} is not settled`)
      }
      await recordChange(change, 'object.moved', { service, type, id, from: ownerText(owner), to: ownerText(heir) })
      keys.push(objectChangeKey(object))
    }
  }
}
