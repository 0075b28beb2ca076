/** The keys that the gateway makes for itself on first start. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { generate } from 'selfsigned'

import type { KeyPair } from '../config/config.ts'
import { createWhole } from './durable-files.ts'
import { AppError } from './errors.ts'
import type { Clock, Instant } from './time.ts'

export interface OwnKeys {
  /** P-256, PKCS #8 PEM. */
  readonly identity: string
  /** 32 bytes. */
  readonly cookies: Buffer
  /** RSA-2048, self-signed. */
  readonly signing: KeyPair
  /** RSA-2048, self-signed. */
  readonly encryption: KeyPair
}

const COOKIE_KEY_BYTES = 32
const CERTIFICATE_YEARS = 10
/** What a host name or address may look like in a common name (RFC 5280: at most 64 characters). */
const COMMON_NAME = /^[A-Za-z0-9.:-]{1,64}$/
const DEFAULT_COMMON_NAME = 'gatehouse'

const makeKeyPair = promisify(generateKeyPair)

interface KeyFolder {
  readonly dir: string
  /** For certificates; usually the host of the service provider's entityID. */
  readonly commonName: string
  readonly clock: Clock
}

/**
 * The keys in the folder `dir`; those that are missing are made, and processes that start together agree on one set. A
 * file that is there is never changed. Throws CONFIG_INVALID with one line that names the file.
 */
export async function loadOrCreateKeys(folder: KeyFolder): Promise<OwnKeys> {
  await asConfigProblem(folder.dir, () => mkdir(folder.dir, { recursive: true, mode: 0o700 }))
  const identity = await loadOrCreate(join(folder.dir, 'identity.key'), {
    make: makeIdentityKey,
    check: checkIdentityKey,
  })
  const cookies = await loadOrCreate(join(folder.dir, 'cookies.key'), { make: makeCookieKey, check: checkCookieKey })
  return {
    identity,
    cookies: Buffer.from(cookies, 'base64'),
    signing: await loadOrCreatePair(folder, 'sp-signing', { name: 'keyUsage', digitalSignature: true }),
    encryption: await loadOrCreatePair(folder, 'sp-encryption', { name: 'keyUsage', keyEncipherment: true }),
  }
}

/** The private key for encrypted assertions in the folder `dir`; undefined before the first start. Nothing is made. */
export function loadEncryptionKey(dir: string): Promise<string | undefined> {
  return readIfThere(join(dir, 'sp-encryption.key'))
}

type KeyUsage = { readonly name: 'keyUsage'; readonly digitalSignature?: boolean; readonly keyEncipherment?: boolean }

/** The key first, then a certificate for whichever key is on disk, so that the two of a pair always belong together. */
async function loadOrCreatePair(
  { dir, commonName, clock }: KeyFolder,
  name: string,
  usage: KeyUsage,
): Promise<KeyPair> {
  const keyFile = join(dir, `${name}.key`)
  const certificateFile = join(dir, `${name}.crt`)
  const hadCertificate = (await readIfThere(certificateFile)) !== undefined
  if (hadCertificate && (await readIfThere(keyFile)) === undefined) {
    throw problem(keyFile, `is missing, but its certificate ${name}.crt is there; bring the key back or remove both`)
  }
  const key = await loadOrCreate(keyFile, { make: makeRsaKey, check: checkRsaKey })
  const cert = await loadOrCreate(certificateFile, {
    make: () => makeCertificate(key, { commonName, usage, now: clock.now() }),
    check: (text) => checkCertificate(text, key),
  })
  return { key, cert }
}

/** `check` gives what is wrong with the text of the file, if anything. */
async function loadOrCreate(
  file: string,
  { make, check }: { make: () => Promise<string>; check: (text: string) => string | undefined },
): Promise<string> {
  const text = (await readIfThere(file)) ?? (await create(file, await make()))
  const wrong = check(text)
  if (wrong !== undefined) throw problem(file, wrong)
  return text
}

function readIfThere(file: string): Promise<string | undefined> {
  return asConfigProblem(file, async () => {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  })
}

/** Puts the file there whole, unless another process was first; returns what is in it. */
function create(file: string, text: string): Promise<string> {
  return asConfigProblem(file, async () => {
    const created = await createWhole(file, (unfinished) => writeFile(unfinished, text))
    return created ? text : readFile(file, 'utf8')
  })
}

async function makeIdentityKey(): Promise<string> {
  const { privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' })
  return pem(privateKey)
}

async function makeCookieKey(): Promise<string> {
  return `${randomBytes(COOKIE_KEY_BYTES).toString('base64')}\n`
}

async function makeRsaKey(): Promise<string> {
  const { privateKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
  return pem(privateKey)
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function makeCertificate(
  key: string,
  { commonName, usage, now }: { commonName: string; usage: KeyUsage; now: Instant },
): Promise<string> {
  const name = COMMON_NAME.test(commonName) ? commonName : DEFAULT_COMMON_NAME
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + CERTIFICATE_YEARS)
  const { cert } = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    notBeforeDate: new Date(now),
    notAfterDate: notAfter,
    keyPair: { privateKey: key, publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { ...usage, critical: true },
    ],
  })
  return cert.endsWith('\n') ? cert : `${cert}\n`
}

function checkIdentityKey(text: string): string | undefined {
  const key = readPrivateKey(text)
  if (key === undefined) return 'is not a private key in PEM'
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? undefined : 'is not a key on the curve P-256'
}

function checkCookieKey(text: string): string | undefined {
  // Decoding is lenient, so the length of the text is looked at as well.
  const right = /^[A-Za-z0-9+/]{43}=\s*$/.test(text)
  return right ? undefined : `is not ${COOKIE_KEY_BYTES} bytes in base64`
}

function checkRsaKey(text: string): string | undefined {
  const key = readPrivateKey(text)
  if (key === undefined) return 'is not a private key in PEM'
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
  return bits >= 2048 ? undefined : 'is not an RSA key of at least 2048 bits'
}

function checkCertificate(text: string, key: string): string | undefined {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(text)
  } catch {
    return 'is not a certificate in PEM'
  }
  return certificate.checkPrivateKey(createPrivateKey(key)) ? undefined : 'does not belong to the key beside it'
}

function readPrivateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    // OpenSSL's reason may quote the file; that it is no key says enough.
    return undefined
  }
}

async function asConfigProblem<Value>(place: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
    throw new AppError('CONFIG_INVALID', `${place}: ${reason}`, { cause })
  }
}

function problem(file: string, text: string): AppError {
  return new AppError('CONFIG_INVALID', `${file} ${text}`)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
