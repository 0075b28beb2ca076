/** Reads the files of keys and certificates and reports what is wrong with them, one finding a mistake. */

import type { KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Clock } from '../core/time.ts'
import type { KeyPair } from './config.ts'
import {
  isP256,
  overdue,
  parseBase64Certificate,
  parseCertificate,
  parsePrivateKey,
  unfitForProvider,
  weakness,
} from './key-checks.ts'
import type { KeyPath } from './problem.ts'
import { errorCode } from './substitute.ts'

export interface KeyFiles {
  /** Relative paths count from here. */
  readonly folder: string
  readonly clock: Clock
  readonly report: (path: KeyPath, message: string) => void
}

type PairParts = { readonly key?: string | undefined; readonly cert?: string | undefined } | null | undefined

const BASE64_CERTIFICATE = /^[A-Za-z0-9+/=\s]{300,}$/

/** The text that `source` stands for: itself when it is PEM, else the content of that file. Undefined where nothing can be had. */
export async function loadText(
  files: KeyFiles,
  path: KeyPath,
  source: string | undefined | null,
): Promise<string | undefined> {
  if (source == null || source.includes('-----BEGIN')) return source ?? undefined
  try {
    return await readFile(resolve(files.folder, source), 'utf8')
  } catch (error) {
    files.report(path, `the file cannot be read (${errorCode(error)}); must be a readable file`)
    return undefined
  }
}

/** A private key of ours and its certificate, as PEM; null where none is configured. */
export async function loadPair(
  files: KeyFiles,
  path: KeyPath,
  pair: PairParts,
  strength: { rsaOnly?: boolean } = {},
): Promise<KeyPair | null> {
  if (pair == null) return null
  const key = await loadText(files, [...path, 'key'], pair.key)
  const cert = await loadText(files, [...path, 'cert'], pair.cert)
  checkPair(files, { path, key, cert, strength })
  return { key: key ?? '', cert: cert ?? '' }
}

/** The key that signs identity tokens, as PEM. */
export async function loadIdentityKey(files: KeyFiles, source: string | null | undefined): Promise<string | null> {
  const path = ['keys', 'identity']
  const pem = await loadText(files, path, source)
  if (pem === undefined) return null
  const key = parsePrivateKey(pem)
  if (key === undefined || !isP256(key)) files.report(path, 'must be the PEM file of an unencrypted P-256 private key')
  return pem
}

/** The key of the sign-in cookies. */
export function loadCookieKey(files: KeyFiles, base64: string | null | undefined): Buffer | null {
  if (base64 == null) return null
  const bytes = Buffer.from(base64, 'base64')
  const exact = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '')
  if (!exact || bytes.length !== 32) files.report(['keys', 'cookies'], 'must be exactly 32 bytes in base64')
  return bytes
}

/** The certificates that an upstream is held to, as PEM. */
export async function loadAuthorities(
  files: KeyFiles,
  path: KeyPath,
  source: string | null | undefined,
): Promise<string | null> {
  const pem = await loadText(files, path, source)
  if (pem === undefined) return null
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  const readable = blocks.length > 0 && blocks.every((block) => parseCertificate(block) !== undefined)
  if (!readable) files.report(path, 'must be a PEM file of one or more certificates')
  return pem
}

/** A pinned certificate of an identity provider, as PEM. It may have expired: what is pinned is its key. */
export async function loadInlineCertificate(
  files: KeyFiles,
  path: KeyPath,
  source: string | undefined,
): Promise<string> {
  const bare = source !== undefined && BASE64_CERTIFICATE.test(source)
  const pem = bare ? undefined : await loadText(files, path, source)
  const certificate = bare ? parseBase64Certificate(source) : pem === undefined ? undefined : single(pem)
  if (certificate === undefined) {
    if (bare || pem !== undefined) files.report(path, 'must be one certificate: a PEM file, PEM text or base64')
    return ''
  }
  const unfit = unfitForProvider(certificate.publicKey)
  if (unfit !== null) files.report(path, unfit)
  return certificate.toString()
}

function single(pem: string): X509Certificate | undefined {
  return pem.split('-----BEGIN CERTIFICATE-----').length === 2 ? parseCertificate(pem) : undefined
}

interface PairCheck {
  readonly path: KeyPath
  readonly key: string | undefined
  readonly cert: string | undefined
  readonly strength: { rsaOnly?: boolean }
}

/** One finding per mistake: where key and certificate belong together their strength is judged once, at the key. */
function checkPair({ report, clock }: KeyFiles, { path, key, cert, strength }: PairCheck): void {
  const privateKey = key === undefined ? undefined : parsePrivateKey(key)
  const certificate = cert === undefined ? undefined : parseCertificate(cert)
  const fits = privateKey !== undefined && certificate?.checkPrivateKey(privateKey) === true
  if (key !== undefined && privateKey === undefined) {
    report([...path, 'key'], 'must be the PEM file of an unencrypted private key')
  }
  if (cert !== undefined && certificate === undefined)
    report([...path, 'cert'], 'must be the PEM file of a certificate')
  judge('key', privateKey)
  judge('cert', fits ? undefined : certificate?.publicKey)
  if (privateKey !== undefined && certificate !== undefined && !fits) {
    report([...path, 'key'], 'does not fit its certificate; must be the private key of cert')
  }
  const late = certificate === undefined ? null : overdue(certificate, clock)
  if (late !== null) report([...path, 'cert'], late)

  function judge(part: 'key' | 'cert', subject: KeyObject | undefined): void {
    const weak = subject === undefined ? null : weakness(subject, strength)
    if (weak !== null) report([...path, part], weak)
  }
}
