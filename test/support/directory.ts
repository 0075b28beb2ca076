/** Directories for tests: shipped profiles, a few services, and files read against them. */

import { type Instant, instant } from '../../src/core/time.ts'
import type { Rules } from '../../src/directory/commit.ts'
import { mergeFile } from '../../src/directory/file/merge.ts'
import { pathText } from '../../src/directory/file/problems.ts'
import { checkContent } from '../../src/directory/file/read.ts'
import { type DirectoryModel, EMPTY_MODEL } from '../../src/directory/model.ts'
import { loadShippedProfiles } from '../../src/profiles/shipped.ts'

export const NOW: Instant = instant(1_800_000_000_000)

/** `clm`: Cisco License Manager, `fnls`: FlexNet licence server, `app`: web application. */
export const RULES: Rules = {
  profiles: await loadShippedProfiles(),
  services: [
    { id: 'clm', profile: 'cisco-license-manager', authorization: 'on' },
    { id: 'fnls', profile: 'flexnet-license-server', authorization: 'on' },
    { id: 'app', profile: 'web-application', authorization: 'on' },
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
