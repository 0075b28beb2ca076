/** The credential of a service: which keys belong to which type, and the effective value. */

import type { KeyPair, UpstreamCredential } from './config.ts'
import type { Finding, KeyPath } from './problem.ts'
import type { CheckedFile, ServiceParts } from './schema.ts'

type Checked = CheckedFile['services'][number]['credential']
type CredentialKey = Exclude<keyof Checked, 'type'>

const KEYS: Readonly<Record<Checked['type'], readonly CredentialKey[]>> = {
  none: [],
  basic: ['username', 'password'],
  bearer: ['token'],
  'client-certificate': ['key', 'cert'],
  'flexnet-authorize': ['username', 'password', 'authorizePath'],
}
const ALL: readonly CredentialKey[] = ['username', 'password', 'token', 'key', 'cert', 'authorizePath']
const OPTIONAL: ReadonlySet<CredentialKey> = new Set(['authorizePath'])
const AUTHORIZE_PATH = '/api/1.0/instances/~/authorize'

/** A finding for each key that the type lacks or does not know, for a user name that Basic cannot carry, and for a certificate without TLS. */
export function checkCredential(path: KeyPath, { credential, upstream }: ServiceParts): readonly Finding[] {
  const type = credential?.type
  if (credential === undefined || type === undefined) return []
  const place = [...path, 'credential']
  const findings = ALL.flatMap((key) => {
    const value = credential[key]
    const belongs = KEYS[type].includes(key)
    if (value === null && belongs && !OPTIONAL.has(key)) {
      return [{ path: [...place, key], message: `is missing; required with type ${type}` }]
    }
    const known = KEYS[type].join(', ') || 'nothing'
    const message = `has no meaning with type ${type}; known here beside type: ${known}`
    return value === null || belongs ? [] : [{ path: [...place, key], message }]
  })
  if (type === 'basic' && credential.username?.includes(':')) {
    findings.push({ path: [...place, 'username'], message: 'must be without a colon, which ends it (RFC 7617)' })
  }
  if (type === 'client-certificate' && [upstream].flat().some((url) => url?.startsWith('http:'))) {
    findings.push({ path: [...place, 'type'], message: 'is client-certificate; every upstream must be https' })
  }
  return findings
}

/** The pair to load, where the type has one. */
export function pairParts(credential: ServiceParts['credential']): { key: string; cert: string } | null {
  const { type, key, cert } = credential ?? {}
  return type === 'client-certificate' && key && cert ? { key, cert } : null
}

/** The effective credential; `pair` is what was loaded for a certificate. To be called for a checked file only. */
export function credentialOf(checked: Checked, pair: KeyPair | null): UpstreamCredential {
  const { type, username, password, token, authorizePath } = checked
  const known = { username: username ?? '', password: password ?? '' }
  if (type === 'basic') return { type, ...known }
  if (type === 'bearer') return { type, token: token ?? '' }
  if (type === 'client-certificate') return { type, key: pair?.key ?? '', cert: pair?.cert ?? '' }
  if (type === 'flexnet-authorize') return { type, ...known, authorizePath: authorizePath ?? AUTHORIZE_PATH }
  return { type }
}
