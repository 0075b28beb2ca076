/** What a service may state under `settings`: what its profile declares, and rules of its own where the profile lets it. */

import { z } from 'zod'
import type { Profile, SettingSpec } from './profile.ts'

/** One rule of a service's own; the first that fits decides. */
export interface ServiceRule {
  /** Upper case; empty = all. `WEBSOCKET` is a handshake, and GET speaks for HEAD. */
  readonly methods: readonly string[]
  /** A pattern as in `public`, of the path behind the service's prefix. */
  readonly path: string
  /** Any of them lets in, itself or as an ancestor of a role that the operator holds. Empty = whoever has a role here. */
  readonly roles: readonly string[]
}

/** What is wrong with one setting; `key` is a path below `settings`. */
export interface SettingFinding {
  readonly key: readonly (string | number)[]
  readonly message: string
}

const RULES = 'rules'
const ROLE = /^[a-z0-9_.:-]{1,64}$/
const METHOD = /^[A-Z]{3,12}$/
const PATTERN = /^(?:\/|\*\*)[^?#]*$/

const rules = z
  .array(
    z.strictObject({
      methods: z.array(z.string().regex(METHOD, 'a method is written in upper case, such as GET')).max(20).default([]),
      path: z.string().max(512).regex(PATTERN, 'must be a path pattern that begins with / or **'),
      roles: z.array(z.string().regex(ROLE, 'must be the name of a role')).max(100),
    }),
  )
  .max(500)

/** The rules that a service states, in order; null when it states none. Only for settings without findings. */
export function serviceRulesOf(
  profile: Profile,
  given: Readonly<Record<string, unknown>>,
): readonly ServiceRule[] | null {
  if (!profile.serviceRules || !Object.hasOwn(given, RULES)) return null
  return rules.parse(given[RULES])
}

/** Everything that is wrong with the settings that a service of the profile states. */
export function settingFindings(profile: Profile, given: Readonly<Record<string, unknown>>): readonly SettingFinding[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (name === RULES && profile.serviceRules) return ruleFindings(profile, value)
    const spec = profile.settings.get(name)
    if (spec === undefined) return [{ key: [name], message: `is no setting of ${profile.id}; ${declared(profile)}` }]
    const wrong = unfit(spec, value)
    return wrong === undefined ? [] : [{ key: [name], message: wrong }]
  })
}

function ruleFindings(profile: Profile, value: unknown): readonly SettingFinding[] {
  const parsed = rules.safeParse(value)
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => ({ key: [RULES, ...path.map(keyPart)], message }))
  }
  return parsed.data.flatMap(({ roles }, index) =>
    roles.flatMap((role, place) =>
      role.startsWith(`${profile.id}:`) && !profile.roles.has(role)
        ? [{ key: [RULES, index, 'roles', place], message: `is no role of ${profile.id}` }]
        : [],
    ),
  )
}

function keyPart(part: PropertyKey): string | number {
  return typeof part === 'number' ? part : String(part)
}

function declared({ settings, serviceRules }: Profile): string {
  const names = [...settings.keys(), ...(serviceRules ? [RULES] : [])]
  return names.length === 0 ? 'it has none' : `must be one of: ${names.join(', ')}`
}

function unfit({ values, default: initial }: SettingSpec, value: unknown): string | undefined {
  if (values !== null) return values.some((each) => each === value) ? undefined : `must be one of: ${values.join(', ')}`
  return typeof value === typeof initial
    ? undefined
    : `must be a ${typeof initial === 'boolean' ? 'truth value (true or false)' : typeof initial}`
}
