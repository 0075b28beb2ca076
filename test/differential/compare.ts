/** Holds our verifier against the oracles: what we accept they accept, and what we read stands in the bytes that they verified. */

import assert from 'node:assert/strict'
import { DOMParser } from '@xmldom/xmldom'
import type { SignedAssertion } from '../../src/signin/saml/model.ts'
import { parseXml } from '../../src/signin/saml/scan.ts'
import { publicKeys, type SignatureShape, verifySignature } from '../../src/signin/saml/signature.ts'
import { verifyMessage } from '../../src/signin/saml/verify.ts'
import { readStructure } from '../../src/signin/saml/verify-structure.ts'
import { VALID_CASES } from '../security/saml-cases/valid.ts'
import { provider } from '../support/saml/identities.ts'
import { type Circumstances, providersIn, verifyInput } from '../support/saml/judge.ts'
import { encode, messageXml } from '../support/saml/response.ts'
import { askNodeSaml, type Place, type Xmlsec } from './oracles.ts'

/** A valid message, and which oracles know its algorithms. */
export interface Seed {
  readonly title: string
  readonly xml: string
  readonly certificates: readonly string[]
  readonly circumstances: Circumstances
  readonly nodeSaml: boolean
  readonly xmlsec: boolean
}

/** Every valid form. */
export async function loadSeeds(xmlsec: Xmlsec | null): Promise<readonly Seed[]> {
  const seeds: Seed[] = []
  for (const { title, options, circumstances } of VALID_CASES) {
    const xml = messageXml(options)
    const certificates = circumstances.certificates ?? [provider.certificate]
    const places = signaturesOf(xml).map(({ place }) => place)
    const opinions =
      xmlsec === null ? [] : await Promise.all(places.map((place) => xmlsec.ask([xml], place, certificates)))
    const nodeSaml = (await askNodeSaml(xml, certificates)).ok
    const known = opinions.length > 0 && opinions.every(({ ok }) => ok)
    seeds.push({ title, xml, certificates, circumstances, nodeSaml, xmlsec: known })
  }
  return seeds
}

/** True when we accept the message and node-saml agrees; false when we refuse it. Throws where the two differ. */
export async function agreeWithNodeSaml(xml: string, seed: Seed): Promise<boolean> {
  const assertion = readByUs(xml, seed)
  if (assertion === undefined) return false
  if (!seed.nodeSaml) return true
  const opinion = await askNodeSaml(xml, seed.certificates)
  assert.ok(opinion.ok, `node-saml refuses: ${opinion.ok ? '' : opinion.reason}`)
  assert.equal(trimmed(opinion.value.nameId ?? ''), trimmed(assertion.nameId?.value ?? ''))
  for (const [name, values] of assertion.attributes) {
    const read = opinion.value.attributes.get(name)
    if (values.length === 1 && read !== undefined) assert.equal(trimmed(read), trimmed(values[0] ?? ''))
  }
  return true
}

/** Throws when xmlsec1 refuses a signature of the messages, which we accept, or verified other bytes than we read. */
export async function agreeWithXmlsec(messages: readonly string[], seed: Seed, xmlsec: Xmlsec): Promise<void> {
  for (const place of ['response', 'assertion'] as const) {
    const signed = messages.flatMap((xml) => {
      const found = signaturesOf(xml).find((each) => each.place === place)
      return found === undefined ? [] : [{ xml, shape: found.shape }]
    })
    if (signed.length === 0) continue
    const opinion = await xmlsec.ask(
      signed.map(({ xml }) => xml),
      place,
      seed.certificates,
    )
    if (!opinion.ok && signed.length > 1) {
      for (const { xml } of signed) await agreeWithXmlsec([xml], seed, xmlsec)
    }
    assert.ok(
      opinion.ok,
      `xmlsec1 refuses the ${place}: ${opinion.ok ? '' : opinion.reason} ${JSON.stringify(messages[0])}`,
    )
    for (const [index, bytes] of opinion.value.entries()) {
      const { xml, shape } = signed[index] ?? assert.fail('more answers than questions')
      assert.equal(verifySignature(shape, publicKeys(seed.certificates)), bytes, `the bytes of ${JSON.stringify(xml)}`)
      assert.equal(trimmed(readByUs(xml, seed)?.nameId?.value ?? ''), nameIdIn(bytes))
    }
  }
}

/** Undefined when we refuse. */
function readByUs(xml: string, { circumstances }: Seed): SignedAssertion | undefined {
  const outcome = verifyMessage(verifyInput(encode(xml), providersIn(circumstances)))
  if (outcome.ok) return outcome.assertion
  assert.ok(!outcome.refusal.received.includes('the check itself failed'), outcome.refusal.received)
  return undefined
}

function signaturesOf(xml: string): { readonly place: Place; readonly shape: SignatureShape }[] {
  const { response, assertion } = readStructure(parseXml(Buffer.from(xml)))
  const found = { response: response.signature, assertion: 'plain' in assertion ? assertion.plain.signature : null }
  return (['response', 'assertion'] as const).flatMap((place) => {
    const shape = found[place]
    return shape === null ? [] : [{ place, shape }]
  })
}

/** Read by other code than ours. */
function nameIdIn(bytes: string): string {
  const found = new DOMParser().parseFromString(bytes, 'text/xml').getElementsByTagNameNS('*', 'NameID')
  return trimmed(found.item(0)?.textContent ?? '')
}

/** node-saml keeps the line breaks of pretty printing. */
function trimmed(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim()
}
