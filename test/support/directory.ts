/** Directories for tests: shipped profiles, a few services, and files read against them. */

import { systemRandom } from '../../src/core/random.ts'
import { type Clock, type Instant, instant } from '../../src/core/time.ts'
import type { Rules } from '../../src/directory/commit.ts'
import { directory } from '../../src/directory/directory.ts'
import { mergeFile } from '../../src/directory/file/merge.ts'
import { pathText } from '../../src/directory/file/problems.ts'
import { checkContent } from '../../src/directory/file/read.ts'
import { directoryFiles } from '../../src/directory/files.ts'
import { groupDirectory } from '../../src/directory/group-changes.ts'
import { type DirectoryModel, EMPTY_MODEL } from '../../src/directory/model.ts'
import { objectDirectory } from '../../src/directory/object-changes.ts'
import { roleDirectory } from '../../src/directory/role-definitions.ts'
import { loadShippedProfiles } from '../../src/profiles/shipped.ts'
import type { Store } from '../../src/store/ports.ts'

export const NOW: Instant = instant(1_800_000_000_000)

const PROFILES = await loadShippedProfiles()

/** `clm`: Cisco License Manager, `fnls`: FlexNet licence server, `app`: web application, `openlm`, `fnms`: FlexNet Manager Suite, `portal`: License Portal. */
export const RULES: Rules = {
  profiles: PROFILES,
  services: [
    { id: 'clm', profile: 'cisco-license-manager', authorization: 'on' },
    { id: 'fnls', profile: 'flexnet-license-server', authorization: 'on' },
    { id: 'app', profile: 'web-application', authorization: 'on' },
    { id: 'openlm', profile: 'openlm', authorization: 'on' },
    { id: 'fnms', profile: 'flexnet-manager-suite', authorization: 'on' },
    { id: 'portal', profile: 'license-portal', authorization: 'on' },
  ],
}

let made = 0

/** The directory after the file, or its problems as `key: message`. */
export function merge(
  content: unknown,
  {
    before = EMPTY_MODEL,
    prune = false,
    defaultProvider = 'okta' as string | null,
  }: { before?: DirectoryModel; prune?: boolean; defaultProvider?: string | null } = {},
): DirectoryModel | readonly string[] {
  const lines = (problems: readonly { path: readonly (string | number)[]; message: string }[]) =>
    problems.map(({ path, message }) => `${pathText(path)}: ${message}`)
  const checked = checkContent(content)
  if (!checked.ok) return lines(checked.error)
  const newId = () => {
    made += 1
    return `id-${made}`
  }
  const context = { ...RULES, providers: ['okta', 'entra', 'local'], defaultProvider, prune, now: NOW, newId }
  const merged = mergeFile(before, checked.value, context)
  return merged.ok ? merged.value : lines(merged.error)
}

/** The directory after the file, which must be without problems. */
export function merged(content: unknown, options: Parameters<typeof merge>[1] = {}): DirectoryModel {
  const model = merge(content, options)
  if ('operators' in model) return model
  throw new Error(model.join('\n'))
}

/** Every service of the directory over one store. */
export function services(
  store: Store,
  { rules = RULES, clock = { now: () => NOW } }: { rules?: Rules; clock?: Clock } = {},
) {
  const parts = { store, clock, random: systemRandom, rules: () => rules, published: () => {} }
  return {
    people: directory(parts),
    roles: roleDirectory(parts),
    groups: groupDirectory(parts),
    objects: objectDirectory(parts),
    files: directoryFiles(parts),
  }
}

/** Applies a file, which must be without problems. */
export async function applied(store: Store, content: unknown, rules: Rules = RULES): Promise<DirectoryModel> {
  const checked = checkContent(content)
  if (!checked.ok) throw new Error(JSON.stringify(checked.error))
  const how = { providers: ['okta', 'local'], defaultProvider: 'okta', prune: false }
  const done = await services(store, { rules }).files.apply(checked.value, how, null)
  if (!done.ok) throw new Error(JSON.stringify(done.error))
  return done.value.after
}
