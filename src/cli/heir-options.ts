/** Who is to own what a deleted operator or group owns, as options say it. */

import { AppError } from '../core/errors.ts'
import type { Heir } from '../directory/heirs.ts'
import { type DirectoryTools, knownProvider } from './context.ts'

export interface HeirOptions {
  readonly heir?: string
  readonly heirIdp?: string
  readonly heirGroup?: string
}

/** The heir of the options; `refuse` without any. OPERATOR_UNKNOWN, GROUP_UNKNOWN, BAD_REQUEST when both are named. */
export async function heirOf(
  { config, directory, groups }: DirectoryTools,
  { heir, heirIdp, heirGroup }: HeirOptions,
): Promise<Heir> {
  if (heir !== undefined && heirGroup !== undefined) {
    throw new AppError('BAD_REQUEST', '--heir and --heir-group: there is one owner at a time')
  }
  if (heir !== undefined) {
    const { id } = await directory.show({ account: heir, provider: knownProvider(config, heirIdp) })
    return { operator: id }
  }
  if (heirGroup === undefined) return 'refuse'
  const group = (await groups.list()).find(({ path }) => path === heirGroup.normalize('NFC'))
  if (group === undefined) throw new AppError('GROUP_UNKNOWN', `there is no group ${heirGroup}`)
  return { group: group.id }
}
