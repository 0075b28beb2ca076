/** Hostile signature values, places and addresses of signatures: numbers and texts that some verifiers read kindly (security.md). */

import { constants, sign as signBytes } from 'node:crypto'
import type { HostileCase } from '../../support/saml/expect.ts'
import { curve256, provider } from '../../support/saml/identities.ts'
import type { MessageOptions } from '../../support/saml/response.ts'
import { SIG } from '../../support/saml/sign.ts'

const INVALID = 'SAML_SIGNATURE_INVALID'
const SIGNATURE = /<ds:Signature [\s\S]*?<\/ds:Signature>/
const SIGNATURE_VALUE = /(<ds:SignatureValue>)([^<]*)/
/** Order of the group of P-256 (SEC 2 §2.4.2). */
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

function altered(title: string, after: (xml: string) => string): HostileCase {
  return { title, code: INVALID, hostile: { after } }
}

/** The base64 of the signature value, changed. */
function value(title: string, change: (base64: string) => string): HostileCase {
  return altered(title, (xml) =>
    xml.replace(SIGNATURE_VALUE, (_all, start: string, base64: string) => start + change(base64)),
  )
}

/** The octets of the signature value, changed. */
function octets(title: string, change: (value: Buffer) => Buffer): HostileCase {
  return value(title, (base64) => change(Buffer.from(base64, 'base64')).toString('base64'))
}

const byCurve: MessageOptions = { by: curve256, signing: { algorithm: 'ecdsa-sha256' } }

function curve(title: string, change: (r: Buffer, s: Buffer) => Buffer[]): HostileCase {
  const { code, hostile } = octets(title, (both) => Buffer.concat(change(both.subarray(0, 32), both.subarray(32))))
  const circumstances = { certificates: [provider.certificate, curve256.certificate] }
  return { title, code, twin: byCurve, hostile, circumstances }
}

/** INTEGER of DER (X.690 §8.3). */
function integer(number: Buffer): Buffer {
  const short = number.subarray(number.findIndex((octet) => octet !== 0))
  const positive = (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), short]) : short
  return Buffer.concat([Buffer.from([0x02, positive.length]), positive])
}

function plusOrder(number: Buffer): Buffer {
  const sum = BigInt(`0x${number.toString('hex')}`) + BigInt(`0x${ORDER}`)
  return Buffer.from(sum.toString(16).padStart(66, '0'), 'hex')
}

function withSalt(saltLength: number): HostileCase {
  const after = (xml: string) => {
    const [written = ''] = /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(xml) ?? []
    const signedInfo = written.replace('<ds:SignedInfo>', `<ds:SignedInfo xmlns:ds="${SIG}">`)
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signed = signBytes('sha256', Buffer.from(signedInfo), { key: provider.key, padding, saltLength })
    return xml.replace(SIGNATURE_VALUE, (_all, start: string) => start + signed.toString('base64'))
  }
  const title = `an RSA-PSS signature with a salt of ${saltLength} octets is refused`
  return { title, code: INVALID, twin: { signing: { algorithm: 'pss-sha256' } }, hostile: { after } }
}

/** The signature of the assertion moved to another place. */
function moved(where: string, put: (rest: string, signature: string) => string): HostileCase {
  return altered(`the signature of the assertion in ${where} is refused`, (xml) => {
    const [signature = ''] = SIGNATURE.exec(xml) ?? []
    return put(xml.replace(signature, ''), signature)
  })
}

const before = (text: string) => (rest: string, signature: string) => rest.replace(text, () => signature + text)
const addresses = [
  '#%5Fassertion1',
  '#_assertion1 ',
  ' #_assertion1',
  '_assertion1',
  '?#_assertion1',
  'https://idp.example.com/metadata#_assertion1',
  'cid:_assertion1',
  '#_ASSERTION1',
  '#element(/1/4)',
]

export const SIGNATURE_VALUE_CASES: readonly HostileCase[] = [
  curve('an ECDSA signature in DER is refused', (r, s) => {
    const content = Buffer.concat([integer(r), integer(s)])
    return [Buffer.from([0x30, content.length]), content]
  }),
  curve('an ECDSA signature whose r is nought is refused', (r, s) => [Buffer.alloc(r.length), s]),
  curve('an ECDSA signature whose s is nought is refused', (r, s) => [r, Buffer.alloc(s.length)]),
  curve('an ECDSA signature of noughts is refused (CVE-2022-21449)', () => [Buffer.alloc(64)]),
  curve('an ECDSA signature whose numbers are the order is refused', () => [Buffer.from(ORDER + ORDER, 'hex')]),
  curve('an ECDSA signature whose r has the order added is refused', (r, s) => [plusOrder(r), Buffer.alloc(1), s]),
  curve('an ECDSA signature as wide as one on P-384 is refused', (r, s) => {
    return [Buffer.alloc(16), r, Buffer.alloc(16), s]
  }),
  curve('an ECDSA signature without its last octet is refused', (r, s) => [r, s.subarray(0, -1)]),
  octets('an RSA signature with a nought before it is refused', (rsa) => Buffer.concat([Buffer.alloc(1), rsa])),
  octets('an RSA signature with octets behind it is refused', (rsa) => Buffer.concat([rsa, Buffer.alloc(256)])),
  octets('an RSA signature without its first octet is refused', (rsa) => rsa.subarray(1)),
  ...[0, 20, 222].map(withSalt),
  value('a signature value in the alphabet of URLs is refused', (base64) => `-_${base64.slice(2)}`),
  value('a signature value without its padding is refused', (base64) => base64.replace(/=+$/, '')),
  value('a signature value with more behind its padding is refused', (base64) => `${base64}AAAA`),
  value(
    'a no-break space in a signature value is refused',
    (base64) => `${base64.slice(0, 8)}\u00a0${base64.slice(8)}`,
  ),
  moved('Advice', (rest, signature) =>
    rest.replace('<saml:AuthnStatement', () => `<saml:Advice>${signature}</saml:Advice><saml:AuthnStatement`),
  ),
  moved('SubjectConfirmationData', (rest, signature) =>
    rest.replace(
      /(<saml:SubjectConfirmationData [^>]*)\/>/,
      (_all, start: string) => `${start}>${signature}</saml:SubjectConfirmationData>`,
    ),
  ),
  moved('Extensions of the Response', (rest, signature) =>
    rest.replace('<samlp:Status>', () => `<samlp:Extensions>${signature}</samlp:Extensions><samlp:Status>`),
  ),
  moved('the Response', before('<samlp:Status>')),
  moved('Conditions', before('</saml:Conditions>')),
  altered('a signature in the KeyInfo of another is refused', (xml) => {
    const [signature = ''] = SIGNATURE.exec(xml) ?? []
    return xml.replace('</ds:Signature>', () => `<ds:KeyInfo>${signature}</ds:KeyInfo></ds:Signature>`)
  }),
  ...addresses.map(
    (uri): HostileCase => ({
      title: `the Reference ${JSON.stringify(uri)} is refused`,
      code: INVALID,
      hostile: { signing: { uri } },
    }),
  ),
  ...(['Id', 'xml:id'] as const).map((name) =>
    altered(`a signature for the ${name} of an assertion with another ID is refused`, (xml) =>
      xml.replace(' ID="_assertion1"', ` ID="_evil" ${name}="_assertion1"`),
    ),
  ),
]
