/** The profiles that come with the gateway. */

import { fileURLToPath } from 'node:url'
import { AppError } from '../core/errors.ts'
import { loadProfiles } from './load.ts'
import type { Profile } from './profile.ts'

const DIRECTORY = fileURLToPath(new URL('../../config/profiles/', import.meta.url))

/** Profiles of `config/profiles/` by id. Throws CONFIG_INVALID with one line per problem. */
export async function loadShippedProfiles(): Promise<ReadonlyMap<string, Profile>> {
  const loaded = await loadProfiles(DIRECTORY)
  if (loaded.ok) return loaded.value
  throw new AppError('CONFIG_INVALID', loaded.error.join('\n'))
}
