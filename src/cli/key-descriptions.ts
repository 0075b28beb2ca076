/** The gateway's keys as the command shows them: no secret, only ids, times and places. */

import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadRing } from '../core/key-files.ts'
import { currentKey, KEY_TIMES, type KeyKind, type KeyRing } from '../core/key-ring.ts'
import { addSeconds, type Clock, type Instant, instant, isoTime } from '../core/time.ts'
import { deriveKey } from '../session/cookies.ts'
import { identityKeys } from '../session/jose.ts'
import { textTable } from './output.ts'

export interface KeyDescription {
  readonly kind: KeyKind | 'signing' | 'decryption'
  /** `kid` of jwks.json; of cookie keys a fingerprint; of certificates their SHA-256. */
  readonly id: string
  /** `next`: known, and used from `from` on. `earlier`: counts until `until`. */
  readonly state: 'current' | 'next' | 'earlier'
  /** `configuration`, or the name of the file in dataDir/keys. */
  readonly source: string
  readonly from: string | null
  /** Of certificates: their end. */
  readonly until: string | null
}

const CONFIGURED = 'configuration'

/** The identity and cookie keys that count now, and the certificates of the service provider. CONFIG_INVALID for unusable files. */
export async function describeKeys(config: Config, clock: Clock): Promise<readonly KeyDescription[]> {
  const dir = join(config.dataDir, 'keys')
  const { identity, cookies } = config.keys
  return [
    ...(await describeKind({ dir, kind: 'identity', configured: identity }, clock)),
    ...(await describeKind({ dir, kind: 'cookies', configured: cookies?.toString('base64') ?? null }, clock)),
    ...(await describeCertificates(config, dir)),
  ]
}

/** What tells a key from others and gives nothing away. */
export async function keyId(kind: KeyKind, text: string): Promise<string> {
  if (kind === 'identity') return (await identityKeys(text)).kid
  const printed = deriveKey(Buffer.from(text, 'base64'), 'fingerprint')
  return createHash('sha256').update(printed).digest('hex').slice(0, 16)
}

/** A table of descriptions. */
export function keyTable(keys: readonly KeyDescription[]): string {
  const head = ['KIND', 'STATE', 'ID', 'SOURCE', 'FROM', 'UNTIL']
  return textTable(
    head,
    keys.map(({ kind, state, id, source, from, until }) => [kind, state, id, source, from, until]),
  )
}

async function describeKind(
  { dir, kind, configured }: { dir: string; kind: KeyKind; configured: string | null },
  clock: Clock,
): Promise<readonly KeyDescription[]> {
  const files = configured === null && existsSync(dir) ? await loadRing({ dir, clock }, kind) : undefined
  const ring: readonly [] | KeyRing =
    configured === null ? (files?.counting ?? []) : [{ text: configured, from: instant(0), file: null }]
  const [first, ...rest] = ring
  if (first === undefined) return []
  const now = clock.now()
  const current = currentKey([first, ...rest], now)
  return Promise.all(
    ring.map(async (key, index): Promise<KeyDescription> => {
      const replaced = ring[index + 1]?.from
      return {
        kind,
        id: await keyId(kind, key.text),
        state: key === current ? 'current' : key.from > now ? 'next' : 'earlier',
        source: key.file ?? CONFIGURED,
        from: key.from === 0 ? null : isoTime(key.from),
        until: replaced === undefined ? null : isoTime(addSeconds(replaced, KEY_TIMES[kind].keep)),
      }
    }),
  )
}

async function describeCertificates({ serviceProvider }: Config, dir: string): Promise<readonly KeyDescription[]> {
  const { signing, decryption } = serviceProvider
  const made = (kind: 'signing' | 'decryption', name: string) => describeFile(dir, kind, `${name}.crt`)
  return [
    ...(signing === null
      ? await made('signing', 'sp-signing')
      : [describeCertificate('signing', signing.cert, CONFIGURED)]),
    ...decryption.map(({ cert }) => describeCertificate('decryption', cert, CONFIGURED)),
    ...(await made('decryption', 'sp-encryption')),
  ]
}

async function describeFile(dir: string, kind: 'signing' | 'decryption', file: string) {
  const path = join(dir, file)
  return existsSync(path) ? [describeCertificate(kind, await readFile(path, 'utf8'), file)] : []
}

function describeCertificate(kind: 'signing' | 'decryption', pem: string, source: string): KeyDescription {
  const { fingerprint256, validFromDate, validToDate } = new X509Certificate(pem)
  const time = (date: Date): Instant => instant(date.getTime())
  return {
    kind,
    id: fingerprint256.replaceAll(':', '').toLowerCase(),
    state: 'current',
    source,
    from: isoTime(time(validFromDate)),
    until: isoTime(time(validToDate)),
  }
}
