/** Checks that concern several values. They run over every part that is valid, whatever else is wrong. */

import { GUEST } from '../core/guest.ts'
import { DEMO_ENTITY_ID } from '../core/names.ts'
import type { SettingFinding } from '../profiles/service-settings.ts'
import { isLocalHost } from './addresses.ts'
import { checkCredential } from './credential.ts'
import { foldedHeader } from './header-names.ts'
import { type Finding, isSection, type KeyPath, valueAt } from './problem.ts'
import { isRedisUrl, parseRedisUrl, REDIS_URL_RULE } from './redis-url.ts'
import type { FileParts, ProviderParts, ServiceParts } from './schema.ts'

/** `content` is the file with its values filled in: ids are read from it even where they are not valid. */
export interface CrossCheckInput {
  readonly parts: FileParts
  readonly content: unknown
  /** What decides about a profile's name: null, or what is wrong with it. */
  readonly profile: (id: string) => string | null
  /** What is wrong with the settings of a service of that profile; `key` is a path below `settings`. */
  readonly settings: (profile: string, settings: Readonly<Record<string, unknown>>) => readonly SettingFinding[]
  /** Whether the profile has a role for guests; true for an unknown profile. */
  readonly guests: (profile: string) => boolean
}

/** Every mistake that concerns several values, one finding each. */
export function crossCheck(input: CrossCheckInput): readonly Finding[] {
  const providers = present(input.parts.identityProviders)
  const services = present(input.parts.services)
  return [
    ...repeated(
      providers.map(([index, { id }]) => [['identityProviders', index, 'id'], id]),
      'is the id of another provider; ids must differ',
    ),
    ...repeated(
      services.map(([index, { id }]) => [['services', index, 'id'], id]),
      'is the id of another service; ids must differ',
    ),
    ...repeated(
      services.map((service) => matchOf(service, input.parts)),
      'another service has the same match; the pair of host and path must differ',
    ),
    ...providers.flatMap(([index, provider]) => checkProvider(['identityProviders', index], provider, input)),
    ...services.flatMap(([index, service]) => checkService(['services', index], service, input)),
    ...checkDefaultIdp(input),
    ...checkRedisUrl(input),
    ...checkKeysForRedis(input),
  ]
}

/**
 * A finding for every provider whose entityId another has already, be it inline or in a metadata file. `texts` are the
 * contents of the files, in the order of the providers; `entityIdIn` gives the entityId that one holds, if it can be used.
 */
export function checkEntityIds(
  { identityProviders }: FileParts,
  { texts, entityIdIn }: { texts: readonly (string | null)[]; entityIdIn: (text: string) => string | undefined },
): readonly Finding[] {
  const named = present(identityProviders).map((entry): readonly [KeyPath, string | undefined] => {
    const text = texts[entry[0]] ?? null
    return text === null ? entityIdOf(entry) : [['identityProviders', entry[0], 'metadata', 'file'], entityIdIn(text)]
  })
  return repeated(named, 'has the entityId of another provider; entity ids must differ')
}

function present<Entry>(entries: readonly (Entry | undefined)[] | undefined): readonly (readonly [number, Entry])[] {
  return (entries ?? []).flatMap((entry, index) => (entry === undefined ? [] : [[index, entry] as const]))
}

/** A finding for every value that stood before. */
function repeated(values: readonly (readonly [KeyPath, string | undefined])[], message: string): readonly Finding[] {
  const seen = new Set<string>()
  return values.flatMap(([path, value]) => {
    if (value === undefined) return []
    if (seen.has(value)) return [{ path, message }]
    seen.add(value)
    return []
  })
}

/** A host alone matches what the host with the path `/` does; the scheme's own port may be left out. */
function matchOf(
  [index, { match }]: readonly [number, ServiceParts],
  { publicUrl }: FileParts,
): readonly [KeyPath, string | undefined] {
  const known = match?.path !== undefined && match.host !== undefined && (match.path !== null || match.host !== null)
  const path = ['services', index, 'match', ...(match?.path == null ? [] : ['path'])]
  const host = match?.host?.replace(publicUrl?.secure === false ? /:80$/ : /:443$/, '')
  return [path, known ? `${host ?? ''} ${match.path ?? '/'}` : undefined]
}

function entityIdOf([index, { metadata }]: readonly [number, ProviderParts]): readonly [KeyPath, string | undefined] {
  const entityId = metadata !== undefined && 'entityId' in metadata ? metadata.entityId : undefined
  return [['identityProviders', index, 'metadata', 'entityId'], entityId]
}

const RESERVED_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['local', 'local accounts'],
  [GUEST, 'guests'],
])

function checkProvider(path: KeyPath, provider: ProviderParts, input: CrossCheckInput): readonly Finding[] {
  const findings: Finding[] = []
  const reserved = RESERVED_PROVIDERS.get(provider.id ?? '')
  if (reserved !== undefined) {
    findings.push({ path: [...path, 'id'], message: `is reserved for ${reserved}; must be another id` })
  }
  if (provider.want?.signedResponse === false && provider.want.signedAssertion === false) {
    findings.push({
      path: [...path, 'want'],
      message: 'signedResponse and signedAssertion are both false; at least one must be true',
    })
  }
  if (entityIdOf([0, provider])[1] === DEMO_ENTITY_ID && !publicUrlIsLocal(input.parts)) {
    findings.push({
      path: [...path, 'metadata', 'entityId'],
      message: 'is the demo identity provider; allowed only while publicUrl is on localhost',
    })
  }
  return [...findings, ...checkGroupServices(path, provider, input.content)]
}

/** Whether `publicUrl` is on this machine; true also while it is not valid, which is a mistake of its own. */
export function publicUrlIsLocal({ publicUrl }: FileParts): boolean {
  return publicUrl?.origin === undefined || isLocalHost(new URL(publicUrl.origin).hostname)
}

function checkGroupServices(path: KeyPath, provider: ProviderParts, content: unknown): readonly Finding[] {
  const known = idsOf(content, 'services')
  return Object.entries(provider.groups?.map ?? {}).flatMap(([group, targets]) => {
    const place = [...path, 'groups', 'map', group]
    if (!Array.isArray(targets)) return checkTargetService(place, targets, known)
    return targets.flatMap((target, index) => checkTargetService([...place, index], target, known))
  })
}

function checkTargetService(path: KeyPath, target: unknown, known: readonly string[]): readonly Finding[] {
  const service = isSection(target) ? target['service'] : undefined
  if (typeof service !== 'string' || known.includes(service)) return []
  return [{ path: [...path, 'service'], message: `is not a configured service; must be ${oneOfIds(known)}` }]
}

function checkService(
  path: KeyPath,
  service: ServiceParts,
  { profile, settings, guests, parts }: CrossCheckInput,
): readonly Finding[] {
  const findings: Finding[] = []
  if (service.match?.path === null && service.match.host === null) {
    findings.push({ path: [...path, 'match'], message: 'must hold path, such as /flexnet/' })
  }
  const { host } = service.match ?? {}
  if (parts.publicUrl?.secure === false && host && !isLocalHost(host.replace(/:\d+$/, ''))) {
    const message = 'needs https, and publicUrl is http; must be localhost, *.localhost, 127.0.0.0/8 or ::1'
    findings.push({ path: [...path, 'match', 'host'], message })
  }
  const unfit = service.profile === undefined ? null : profile(service.profile)
  if (unfit !== null) findings.push({ path: [...path, 'profile'], message: unfit })
  for (const { key, message } of settings(service.profile ?? '', service.settings ?? {})) {
    findings.push({ path: [...path, 'settings', ...key], message })
  }
  const headers = Object.keys(service.headers ?? {})
  const named = headers.map((name) => [[...path, 'headers', name], foldedHeader(name)] as const)
  findings.push(...repeated(named, 'is another header of this list in another spelling; names must differ'))
  return [...findings, ...checkGuest(path, service, guests), ...checkCredential(path, service)]
}

/** What would give a guest more than his role, or make nobody one, does not go together with guests. */
function checkGuest(path: KeyPath, service: ServiceParts, guests: CrossCheckInput['guests']): readonly Finding[] {
  const { guest, profile, access, authorization, unlistedOperations } = service
  if (guest !== true) return []
  const key = [...path, 'guest']
  if (profile !== undefined && !guests(profile)) {
    return [{ path: key, message: `the profile ${profile} has no role for guests; must be false` }]
  }
  const conflicts = [
    ...(access === 'required' ? [] : [`access: ${access}`]),
    ...(authorization === 'off' ? ['authorization: off'] : []),
    ...(unlistedOperations === 'open' ? ['unlistedOperations: open'] : []),
  ]
  return conflicts.map((other) => ({ path: key, message: `does not go together with ${other}; must be false` }))
}

function checkDefaultIdp({ parts, content }: CrossCheckInput): readonly Finding[] {
  const wanted = parts.signIn?.defaultIdp
  const known = idsOf(content, 'identityProviders')
  if (wanted === undefined || wanted === null || known.includes(wanted)) return []
  const message = `is not a configured identity provider; must be ${oneOfIds(known)} or null`
  return [{ path: ['signIn', 'defaultIdp'], message }]
}

function checkRedisUrl({ parts }: CrossCheckInput): readonly Finding[] {
  const { sessions } = parts.stores ?? {}
  if (!isRedisUrl(sessions) || parseRedisUrl(sessions) !== undefined) return []
  return [{ path: ['stores', 'sessions'], message: `must be ${REDIS_URL_RULE}` }]
}

/** Replicas share their keys through the configuration, because none of them owns the store. */
function checkKeysForRedis({ parts }: CrossCheckInput): readonly Finding[] {
  if (!isRedisUrl(parts.stores?.sessions)) return []
  const missing = (['identity', 'cookies'] as const).filter((name) => parts.keys?.[name] === null)
  return missing.map((name) => ({ path: ['keys', name], message: 'is missing; required when a store is redis' }))
}

/** The ids of a list of the file, also those that are not valid: a bad id is one mistake, and not one more where it is named. */
function idsOf(content: unknown, list: 'services' | 'identityProviders'): readonly string[] {
  const entries = valueAt(content, [list])
  if (!Array.isArray(entries)) return []
  const ids = entries.map((entry) => (isSection(entry) ? entry['id'] : undefined))
  return [...new Set(ids.filter((id) => id !== undefined).map(String))]
}

function oneOfIds(known: readonly string[]): string {
  return known.length === 0 ? 'one of the configured ids (there are none)' : `one of: ${known.slice(0, 20).join(', ')}`
}
