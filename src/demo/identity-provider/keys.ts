/** The demo identity provider's signing key: made on first start, kept with the demo's data. */

import { X509Certificate } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { generate } from 'selfsigned'
import { addSeconds, type Clock, type Instant, seconds } from '../../core/time.ts'
import type { SigningKeys } from './signature.ts'

const DAY = 24 * 60 * 60
const LIFETIME = seconds(3650 * DAY)
const BLOCKS = /^(-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----\n)(-----BEGIN CERTIFICATE-----.+)$/s

/** Key and certificate from `file` (both in it, PEM); RSA-2048, made anew when absent, incomplete or expired. */
export async function loadDemoKeys({ file, clock }: { file: string; clock: Clock }): Promise<SigningKeys> {
  const kept = await readKept(file)
  if (kept !== undefined && new X509Certificate(kept.cert).validToDate.getTime() > clock.now()) return kept
  const made = await makeDemoKeys(clock.now())
  await writeFile(`${file}.new`, made.key + made.cert, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}

/** A new key with a self-signed certificate that holds for ten years around `now`. */
export async function makeDemoKeys(now: Instant): Promise<SigningKeys> {
  const made = await generate([{ name: 'commonName', value: 'Gatehouse demo identity provider' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(addSeconds(now, seconds(-DAY))),
    notAfterDate: new Date(addSeconds(now, LIFETIME)),
  })
  return { key: `${made.private.trim()}\n`, cert: `${made.cert.trim()}\n` }
}

async function readKept(file: string): Promise<SigningKeys | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const [, key, cert] = BLOCKS.exec(text) ?? []
  return key === undefined || cert === undefined ? undefined : { key, cert }
}
