/** Profiles for tests, read as files are. */

import assert from 'node:assert/strict'
import { checkProfile } from '../../src/profiles/load.ts'
import type { Profile } from '../../src/profiles/profile.ts'

/** The profile of a file's content; what is not given is short and plain. */
export function testProfile(content: Readonly<Record<string, unknown>> & { readonly id: string }): Profile {
  const result = checkProfile(`${content.id}.yaml`, () => ({ title: content.id, description: content.id, ...content }))
  assert.ok(result.ok, result.ok ? '' : result.error.join('\n'))
  return result.value
}

/** A profile whose one operation is everything, for everybody. */
export const OPEN_TO_ALL: Profile = testProfile({
  id: 'open-to-all',
  roles: { user: { description: 'A user.' } },
  administratorRole: 'user',
  operations: { use: { description: 'Use.', access: 'public', routes: ['* /{path...}'] } },
})

/** A profile that has roles and nothing for them to do; the first is the administrator's. */
export function profileWithRoles(id: string, roles: readonly string[]): Profile {
  return testProfile({
    id,
    roles: Object.fromEntries(roles.map((role) => [role, { description: role }])),
    administratorRole: roles[0],
  })
}
