/** What a kind of service looks like. The shape of a file in `config/profiles/`. */

import { z } from 'zod'

export interface Profile {
  /** Name that `services[].profile` uses; the name of its file. */
  readonly id: string
  readonly title: string
  readonly description: string
  /** Shipped roles by their full name, `<profile>:<role>`. */
  readonly roles: readonly string[]
  /** Full name of the role that the gateway's administrator holds on services of this profile; one of `roles`. */
  readonly administratorRole: string
}

const shortRole = z.string().regex(/^[a-z0-9_.-]{1,40}$/, 'a role is 1 to 40 of a-z, 0-9, _, . and -')

/** The text of a profile file: role names without their profile. Strict. */
export const profileFile = z
  .strictObject({
    // 23 characters, a colon and 40 of the role make the 64 that a role name may have.
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,22}$/, 'an id is 1 to 23 of a-z, 0-9 and -'),
    title: z.string().min(1).max(100),
    description: z.string().min(1).max(2000),
    roles: z
      .array(shortRole)
      .min(1)
      .max(200)
      .refine((names) => new Set(names).size === names.length, 'a role is named twice'),
    administratorRole: shortRole,
  })
  .refine((profile) => profile.roles.includes(profile.administratorRole), {
    path: ['administratorRole'],
    message: 'is none of the roles',
  })

/** The profile that a checked file stands for; frozen. */
export function toProfile(file: z.infer<typeof profileFile>): Profile {
  return Object.freeze({
    id: file.id,
    title: file.title,
    description: file.description,
    roles: Object.freeze(file.roles.map((role) => `${file.id}:${role}`)),
    administratorRole: `${file.id}:${file.administratorRole}`,
  })
}
