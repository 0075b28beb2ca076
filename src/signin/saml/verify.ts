/**
 * The message half of the check table: from the form field to plain data read from signed bytes. Pure: bytes and public
 * settings in, plain data out; no store, no clock, no network. Runs in a worker.
 */

import type { IdentityProviderConfig } from '../../config/config.ts'
import type { TraceRow } from '../../store/ports.ts'
import { isStrongEnough } from './algorithms.ts'
import { MESSAGE_ROWS, type MessageRow } from './checks-message.ts'
import { decryptElement, type EncryptedShape, readEncrypted } from './decrypt.ts'
import { type Finding, Refused, refusalOf, shown, shownList } from './diagnosis.ts'
import type { Refusal, ResponseFacts, SignedAssertion } from './model.ts'
import { readAssertion, readResponse } from './read-message.ts'
import { parseXml, parseXmlText } from './scan.ts'
import { decodeMessage, type FormField } from './scan-base64.ts'
import { checkAlgorithms, type PublicKey, publicKeys, type SignatureShape, verifySignature } from './signature.ts'
import { assertionIn, readDecrypted, readStructure, type Signable, type Structure } from './verify-structure.ts'
import { ASSERTION, onlyChild, textOf } from './xml.ts'

/** What the worker must know of a provider. */
export type VerifyProvider = Pick<IdentityProviderConfig, 'id' | 'want' | 'minimumSignature' | 'allowCbc'> & {
  readonly entityId: string
  /** PEM texts of the pinned signing certificates. */
  readonly certificates: readonly string[]
}

/** Structured-cloneable. */
export interface VerifyInput {
  readonly samlResponse: FormField
  readonly providers: readonly VerifyProvider[]
  /** PEM texts of our private keys. */
  readonly decryptionKeys: readonly string[]
}

/** Structured-cloneable. `rows` are those of MESSAGE_ROWS. */
export type VerifyOutcome =
  | {
      readonly ok: true
      /** Configured id of the provider whose key signed. */
      readonly provider: string
      readonly response: ResponseFacts
      readonly assertion: SignedAssertion
      readonly rows: readonly TraceRow[]
      readonly notes: readonly string[]
    }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** Null when the issuer was not recognised. */
      readonly provider: string | null
      readonly rows: readonly TraceRow[]
    }

/** The outcome of the message half. Refusals are values; nothing that a message holds makes it throw. */
export function verifyMessage(input: VerifyInput): VerifyOutcome {
  const passed: MessageRow[] = []
  let provider: string | null = null
  const pass: Pass = (row, run) => {
    if (MESSAGE_ROWS[passed.length]?.name !== row) throw new Error(`row out of order: ${row}`)
    const value = run()
    passed.push(row)
    return value
  }
  try {
    const verified = verifyRows(input, pass, (id) => {
      provider = id
    })
    return { ok: true, ...verified, rows: traceRows(passed, null) }
  } catch (error) {
    const refusal = refusalOf(error instanceof Refused ? error.finding : unforeseen(error))
    return { ok: false, refusal, provider, rows: traceRows(passed, refusal) }
  }
}

/** The outcome for a message that could not be judged within its time. */
export function refusedForItsTime(limit: string): VerifyOutcome {
  const refusal = refusalOf({
    code: 'SAML_TOO_LARGE',
    hint: 'size',
    expected: `a message that is checked within ${limit}`,
    received: 'one that is not',
  })
  return { ok: false, refusal, provider: null, rows: traceRows([], refusal) }
}

/** Fails closed, and in the words of a refusal: no message makes the gateway answer 500. */
function unforeseen(error: unknown): Finding {
  const received = `one at which the check itself failed: ${error instanceof Error ? error.message : String(error)}`
  return { code: 'SAML_MALFORMED', hint: 'shape', expected: 'a message that can be checked', received }
}

type Pass = <Value>(row: MessageRow, run: () => Value) => Value

interface Verified {
  readonly provider: string
  readonly response: ResponseFacts
  readonly assertion: SignedAssertion
  readonly notes: readonly string[]
}

function verifyRows(input: VerifyInput, pass: Pass, found: (provider: string) => void): Verified {
  const octets = pass('size and base64', () => decodeMessage(input.samlResponse))
  const root = pass('strict XML within the limits', () => parseXml(octets))
  const structure = pass('one Response, one assertion, unique IDs', () => readStructure(root))
  const shapes = pass('algorithms on the allow-list', () => readAlgorithms(structure))
  const provider = pass('issuer is a configured provider', () => findProvider(structure, input.providers))
  found(provider.id)
  pass('algorithms as strong as the provider demands', () => checkStrength(shapes, provider))
  pass('encrypted where wanted', () => checkEncrypted(structure, provider))
  pass('signed where wanted', () => checkSigned(structure, provider))
  const keys = publicKeys(provider.certificates)
  const signed = pass('signature by a pinned key', () => verifyOutside(structure, keys))
  const decrypted = pass('decryption', () => decryptAssertion(signed, input.decryptionKeys))
  const assertion = pass('the same again inside the encryption', () => verifyInside(signed, decrypted, provider, keys))
  const sha1 = [...shapes.signatures, ...(decrypted?.signature ?? [])].some(usesSha1)
  const notes = sha1 ? ['The signature uses SHA-1.'] : []
  const open = (element: Element) => openInside(element, provider, input.decryptionKeys)
  return pass('signed content has one meaning', () => ({
    provider: provider.id,
    response: readResponse(signed.response, structure.response.signature !== null),
    assertion: readAssertion(assertion, {
      encrypted: decrypted !== null,
      openNameId: open,
      openAttribute: (element) => openOrNote(element, open, notes),
    }),
    notes,
  }))
}

interface Shapes {
  readonly signatures: readonly SignatureShape[]
  readonly encrypted: EncryptedShape | null
}

function readAlgorithms({ response, assertion }: Structure): Shapes {
  const inner = 'plain' in assertion ? assertion.plain.signature : null
  const signatures = [response.signature, inner].filter((shape) => shape !== null)
  for (const shape of signatures) checkAlgorithms(shape)
  return { signatures, encrypted: 'encrypted' in assertion ? readEncrypted(assertion.encrypted) : null }
}

/** By the Issuer of the Response or, where it has none, of the assertion. Only a choice of keys: both are checked later. */
function findProvider({ response, assertion }: Structure, providers: readonly VerifyProvider[]): VerifyProvider {
  const named = onlyChild(response.element, ASSERTION, 'Issuer')
  const inner = 'plain' in assertion ? onlyChild(assertion.plain.element, ASSERTION, 'Issuer') : undefined
  const element = named ?? inner
  const issuer = element === undefined ? null : textOf(element)
  const provider = providers.find(({ entityId }) => entityId === issuer)
  if (provider !== undefined) return provider
  throw new Refused(
    'SAML_ISSUER_UNKNOWN',
    'issuer',
    shownList(providers.map(({ entityId }) => entityId)),
    shown(issuer),
  )
}

function checkStrength({ signatures, encrypted }: Shapes, provider: VerifyProvider): void {
  for (const shape of signatures) checkSignatureStrength(shape, provider)
  if (encrypted !== null) checkContentStrength(encrypted, provider)
}

function checkSignatureStrength(shape: SignatureShape, { minimumSignature }: VerifyProvider): void {
  const { signature, digest } = checkAlgorithms(shape)
  if (isStrongEnough(signature.hash, minimumSignature) && isStrongEnough(digest, minimumSignature)) return
  throw new Refused(
    'SAML_ALGORITHM_REFUSED',
    'algorithm',
    `signature and digest of at least ${minimumSignature} (minimumSignature)`,
    `${shape.algorithm} with digest ${shape.digestAlgorithm}`,
  )
}

function checkContentStrength({ content, contentAlgorithm }: EncryptedShape, { allowCbc }: VerifyProvider): void {
  if (content.mode === 'gcm' || allowCbc) return
  throw new Refused('SAML_ALGORITHM_REFUSED', 'algorithm', 'AES-GCM (allowCbc is false)', contentAlgorithm)
}

function checkEncrypted({ assertion }: Structure, { want }: VerifyProvider): void {
  if (!want.encryptedAssertion || 'encrypted' in assertion) return
  throw new Refused(
    'SAML_ENCRYPTION_MISSING',
    'encryption-missing',
    'an encrypted assertion',
    'one that is not encrypted',
  )
}

/** Whether an encrypted assertion is signed shows only inside; never neither. */
function checkSigned({ response, assertion }: Structure, { want }: VerifyProvider): void {
  if (want.signedResponse && response.signature === null) throw unsigned('Response')
  if ('encrypted' in assertion) return
  if (assertion.plain.signature !== null) return
  if (want.signedAssertion || response.signature === null) throw unsigned('Assertion')
}

function unsigned(what: string): Refused {
  return new Refused('SAML_SIGNATURE_MISSING', 'signature-missing', `a signature of the ${what}`, 'none')
}

/** What the outer signatures cover, parsed from the canonical bytes. Without its signature the Response can refuse only. */
interface Signed {
  readonly response: Element
  readonly responseSigned: boolean
  /** From its own signature; null when it is encrypted, or when the signature of the Response covers it. */
  readonly assertion: Element | null
}

/** Every signature verifies. An assertion under both is read from the bytes that the outer one covers. */
function verifyOutside({ response, assertion }: Structure, keys: readonly PublicKey[]): Signed {
  const outer = signedBytes(response, keys)
  const inner = 'plain' in assertion ? signedBytes(assertion.plain, keys) : null
  return {
    response: outer === null ? response.element : parseXmlText(outer),
    responseSigned: outer !== null,
    assertion: outer === null && inner !== null ? parseXmlText(inner) : null,
  }
}

/** The canonical octets under the element's signature, which verifies; null without one. */
function signedBytes({ signature }: Signable, keys: readonly PublicKey[]): string | null {
  return signature === null ? null : verifySignature(signature, keys)
}

interface Decrypted {
  readonly plain: Signable
  readonly signature: readonly SignatureShape[]
}

/** Null when nothing is encrypted. Other failures than the key's, such as the shape inside, are told no apart. */
function decryptAssertion({ response }: Signed, decryptionKeys: readonly string[]): Decrypted | null {
  const element = assertionIn(response)
  if (element.localName !== 'EncryptedAssertion') return null
  const opened = decryptElement(readEncrypted(element), decryptionKeys)
  try {
    const plain = readDecrypted(opened, response)
    return { plain, signature: plain.signature === null ? [] : [plain.signature] }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new Refused(
      'SAML_DECRYPTION_FAILED',
      'decryption',
      'one assertion inside the encryption',
      error.finding.received,
    )
  }
}

function verifyInside(
  signed: Signed,
  decrypted: Decrypted | null,
  provider: VerifyProvider,
  keys: readonly PublicKey[],
): Element {
  if (decrypted === null) return signed.assertion ?? assertionIn(signed.response)
  const { element, signature } = decrypted.plain
  if (signature === null) {
    if (provider.want.signedAssertion || !signed.responseSigned) throw unsigned('Assertion')
    return element
  }
  checkSignatureStrength(signature, provider)
  return parseXmlText(verifySignature(signature, keys))
}

/** What an EncryptedID or EncryptedAttribute holds. A verified signature covers it: nobody but the provider made it. */
function openInside(element: Element, provider: VerifyProvider, decryptionKeys: readonly string[]): Element {
  const shape = readEncrypted(element)
  checkContentStrength(shape, provider)
  return decryptElement(shape, decryptionKeys)
}

/** An attribute that does not open is one that is not there; whoever needs it is told why. */
function openOrNote(element: Element, open: (element: Element) => Element, notes: string[]): Element | undefined {
  try {
    return open(element)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { expected, received } = error.finding
    notes.push(`An EncryptedAttribute is left out. Expected: ${expected}. Received: ${received}.`)
    return undefined
  }
}

function usesSha1({ algorithm, digestAlgorithm }: SignatureShape): boolean {
  return algorithm.endsWith('sha1') || digestAlgorithm.endsWith('sha1')
}

function traceRows(passed: readonly MessageRow[], refusal: Refusal | null): TraceRow[] {
  return MESSAGE_ROWS.map(({ name }, index): TraceRow => {
    if (index < passed.length) return { check: name, outcome: 'passed' }
    if (index > passed.length || refusal === null) return { check: name, outcome: 'not-reached' }
    return { check: name, outcome: 'failed', ...refusal }
  })
}
