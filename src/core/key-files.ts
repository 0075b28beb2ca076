/** The keys that the gateway makes for itself on first start, and those that take their place later. */

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
import {
  countingKeys,
  KEY_TIMES,
  type KeyKind,
  type KeyRing,
  keyFileName,
  keyFiles,
  type RingKey,
  removeRetired,
} from './key-ring.ts'
import { addSeconds, type Clock, type Instant, instant } from './time.ts'

export interface OwnKeys {
  /** P-256, PKCS #8 PEM. */
  readonly identity: KeyRing
  /** 32 bytes in base64. */
  readonly cookies: KeyRing
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
 * file that is there is never changed; one that counts no longer is removed. Throws CONFIG_INVALID with one line that names
 * the file.
 */
export async function loadOrCreateKeys(folder: KeyFolder): Promise<OwnKeys> {
  await asConfigProblem(folder.dir, () => mkdir(folder.dir, { recursive: true, mode: 0o700 }))
  return {
    identity: await loadOrCreateRing(folder, 'identity'),
    cookies: await loadOrCreateRing(folder, 'cookies'),
    signing: await loadOrCreatePair(folder, 'sp-signing', { name: 'keyUsage', digitalSignature: true }),
    encryption: await loadOrCreatePair(folder, 'sp-encryption', { name: 'keyUsage', keyEncipherment: true }),
  }
}

/** The keys of one kind that count now, in a folder that may hold none yet: then undefined. CONFIG_INVALID as above. */
export async function loadRing({ dir, clock }: Omit<KeyFolder, 'commonName'>, kind: KeyKind) {
  const files = await asConfigProblem(dir, () => keyFiles(dir, kind))
  const keys: RingKey[] = []
  for (const { file, from } of files) {
    const text = await readIfThere(join(dir, file))
    if (text === undefined) continue
    refuse(join(dir, file), RING_FILES[kind].check(text))
    keys.push({ text: text.trim(), from, file })
  }
  const [first, ...rest] = keys
  if (first === undefined) return undefined
  const all: KeyRing = [first, ...rest]
  const { keep } = KEY_TIMES[kind]
  const counting = countingKeys(all, clock.now(), keep)
  return { counting, retire: () => removeRetired(dir, all, counting) }
}

/** The identity keys in the folder `dir`; the first is made when there is none, and none is removed. CONFIG_INVALID as above. */
export async function loadOrCreateIdentityRing({ dir, clock }: Omit<KeyFolder, 'commonName'>): Promise<KeyRing> {
  await asConfigProblem(dir, () => mkdir(dir, { recursive: true, mode: 0o700 }))
  return (await loadRing({ dir, clock }, 'identity'))?.counting ?? createRing(dir, 'identity')
}

/** Makes a key of the kind that takes the place of the one in use after the kind's lead; returns its file. CONFIG_INVALID. */
export async function addNextKey({ dir, clock }: Omit<KeyFolder, 'commonName'>, kind: KeyKind): Promise<string> {
  const begin = addSeconds(clock.now(), KEY_TIMES[kind].lead)
  const file = keyFileName(kind, instant(Math.ceil(begin / 1000) * 1000))
  await create(join(dir, file), await RING_FILES[kind].make())
  return file
}

/** The private key for encrypted assertions in the folder `dir`; undefined before the first start. Nothing is made. */
export function loadEncryptionKey(dir: string): Promise<string | undefined> {
  return readIfThere(join(dir, 'sp-encryption.key'))
}

const RING_FILES: Readonly<Record<KeyKind, KeyFile>> = {
  identity: { make: makeIdentityKey, check: checkIdentityKey },
  cookies: { make: makeCookieKey, check: checkCookieKey },
}

async function loadOrCreateRing(folder: KeyFolder, kind: KeyKind): Promise<KeyRing> {
  const there = await loadRing(folder, kind)
  if (there !== undefined) {
    await there.retire()
    return there.counting
  }
  return createRing(folder.dir, kind)
}

async function createRing(dir: string, kind: KeyKind): Promise<KeyRing> {
  const file = `${kind}.key`
  const text = await loadOrCreate(join(dir, file), RING_FILES[kind])
  return [{ text: text.trim(), from: instant(0), file }]
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

interface KeyFile {
  readonly make: () => Promise<string>
  /** What is wrong with the text of the file, if anything. */
  readonly check: (text: string) => string | undefined
}

async function loadOrCreate(file: string, { make, check }: KeyFile): Promise<string> {
  const text = (await readIfThere(file)) ?? (await create(file, await make()))
  refuse(file, check(text))
  return text
}

function refuse(file: string, wrong: string | undefined): void {
  if (wrong !== undefined) throw problem(file, wrong)
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
