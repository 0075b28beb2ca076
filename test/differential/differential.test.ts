/**
 * Thousands of changed messages before our verifier, node-saml and xmlsec1: no signature is accepted that either refuses, and
 * nothing is read but what stands in the bytes that were verified. `run.ts` goes on longer.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seed } from '../support/properties.ts'
import { campaign } from './campaign.ts'
import { loadSeeds, type Seed } from './compare.ts'
import { openXmlsec, type Xmlsec } from './oracles.ts'

const RUNS = 2000
const PROGRAM = process.env['GATEHOUSE_TEST_XMLSEC1']

/** node-saml knows no ECDSA, no SHA-384 and no PSS of SHA-512. */
const UNKNOWN_TO_NODE_SAML = [
  'digest sha384',
  'signed with ecdsa-sha256',
  'signed with ecdsa-sha384',
  'signed with ecdsa-sha512',
  'signed with pss-sha512',
  'signed with rsa-sha384',
]
/** The releases of Debian 12 and 13 know no RSASSA-PSS. */
const UNKNOWN_TO_XMLSEC = ['signed with pss-sha256', 'signed with pss-sha512']

let xmlsec: Xmlsec | null = null
let seeds: readonly Seed[]
before(async () => {
  xmlsec = PROGRAM === undefined ? null : openXmlsec(PROGRAM)
  seeds = await loadSeeds(xmlsec)
})
after(() => xmlsec?.close())

function unknown(oracle: 'nodeSaml' | 'xmlsec'): readonly string[] {
  return seeds
    .filter((each) => !each[oracle])
    .map(({ title }) => title)
    .toSorted()
}

test('node-saml accepts every valid form whose algorithms it knows', () => {
  assert.deepEqual(unknown('nodeSaml'), UNKNOWN_TO_NODE_SAML)
})

const skip = PROGRAM === undefined && 'xmlsec1 is not here'
test('xmlsec1 accepts every valid form whose algorithms it knows', { skip }, () => {
  for (const title of unknown('xmlsec')) assert.ok(UNKNOWN_TO_XMLSEC.includes(title), title)
})

test(`whatever we accept of ${RUNS} changed messages, the oracles accept and read alike (seed ${seed})`, async () => {
  const accepted = await campaign({ seeds, xmlsec, runs: RUNS, seed })
  assert.ok(accepted > RUNS / 20 && accepted < RUNS, `${accepted} accepted`)
})
