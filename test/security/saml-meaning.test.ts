/** What a well signed message says: status, issuer, addresses, times, audience, request, account (security.md cond-*, bind-*, idp-*). */

import assert from 'node:assert/strict'
import test from 'node:test'
import { instant } from '../../src/core/time.ts'
import { checkAdmission, checkMeaning } from '../../src/signin/saml/checks.ts'
import { accepted, hostileTests, refused } from '../support/saml/expect.ts'
import { judge, meaningInput } from '../support/saml/judge.ts'
import { ENTITY_ID, encode, messageXml, minutesFromNow, NOW } from '../support/saml/response.ts'
import { EXACTNESS_CASES } from './saml-cases/exactness.ts'
import { MEANING_CASES } from './saml-cases/meaning.ts'

hostileTests([...MEANING_CASES, ...EXACTNESS_CASES])

test('S-8: with an offset of 5 minutes 4 minutes off pass and 6 fail, on both sides', async () => {
  const xml = messageXml({
    values: {
      notBefore: minutesFromNow(0),
      notOnOrAfter: minutesFromNow(10),
      confirmationNotOnOrAfter: minutesFromNow(10),
    },
  })
  for (const late of [14, -4]) await accepted(xml, { now: NOW + late * 60_000 })
  await refused(xml, 'SAML_EXPIRED', { now: NOW + 16 * 60_000 })
  await refused(xml, 'SAML_NOT_YET_VALID', { now: NOW - 6 * 60_000 })
})

test('the tolerance is held between 1 and 5 minutes', async () => {
  const xml = messageXml({ values: { notOnOrAfter: minutesFromNow(1) } })
  await accepted(xml, { offset: 0, now: NOW + 119_000 })
  await refused(xml, 'SAML_EXPIRED', { offset: 0, now: NOW + 121_000 })
  await accepted(xml, { offset: 3600, now: NOW + 359_000 })
  await refused(xml, 'SAML_EXPIRED', { offset: 3600, now: NOW + 361_000 })
})

test('S-7: an assertion is accepted once, for one request once', async () => {
  const claimed = new Set<string>()
  await accepted(messageXml(), { claimed })
  await refused(messageXml(), 'SAML_REQUEST_USED', { claimed })
  const again = { values: { inResponseTo: '_request2', responseInResponseTo: '_request2' } }
  const request = { id: '_request2', provider: 'idp', returnTo: '/', issuedAt: instant(NOW), fromTile: false }
  await refused(messageXml(again), 'SAML_REPLAYED', { claimed, request })
  const fresh = {
    values: {
      ...again.values,
      assertionId: '_assertion2',
      inResponseTo: '_request3',
      responseInResponseTo: '_request3',
    },
  }
  await accepted(messageXml(fresh), { claimed, request: { ...request, id: '_request3' } })
})

test('S-7: an assertion is remembered until it would be too old anyhow, whatever end it claims, and no longer', async () => {
  const notOnOrAfter = '9999-12-31T23:59:59Z'
  for (const issued of [-60, 0, 5]) {
    const values = { issueInstant: minutesFromNow(issued), notOnOrAfter, confirmationNotOnOrAfter: notOnOrAfter }
    const xml = messageXml({ values })
    const meaning = checkMeaning(meaningInput(encode(xml)))
    assert.ok(meaning.ok)
    const ends = new Map<string, number>()
    await checkAdmission(meaning, async (key, until) => ends.set(key.split(':', 1)[0] ?? '', until) !== undefined)
    const end = ends.get('assertion')
    assert.ok(end !== undefined && end <= NOW + 75 * 60_000)
    await accepted(xml, { now: NOW })
    await refused(xml, 'SAML_EXPIRED', { now: end })
  }
})

test('S-3: an unsolicited message gets in where it is allowed, once, and nowhere else', async () => {
  const xml = messageXml({ values: { inResponseTo: null, responseInResponseTo: null } })
  const claimed = new Set<string>()
  await accepted(xml, { request: null, config: { allowUnsolicited: true }, claimed })
  await refused(xml, 'SAML_REPLAYED', { request: null, config: { allowUnsolicited: true }, claimed })
  await refused(xml, 'SAML_UNSOLICITED_REFUSED', { request: null })
  await refused(xml, 'SAML_REQUEST_UNKNOWN', { config: { allowUnsolicited: true } })
})

test('the trace has the whole table in order: passed, failed with its words, not reached', async () => {
  const result = await judge(messageXml({ values: { audience: `${ENTITY_ID}/` } }))
  assert.equal(result.ok, false)
  const failed = result.rows.findIndex(({ outcome }) => outcome === 'failed')
  assert.ok(result.rows.slice(0, failed).every(({ outcome }) => outcome === 'passed'))
  assert.ok(result.rows.slice(failed + 1).every(({ outcome }) => outcome === 'not-reached'))
  const row = result.rows[failed]
  assert.equal(row?.check, 'audience')
  assert.equal(row?.expected, `"${ENTITY_ID}"`)
  assert.equal(row?.received, `"${ENTITY_ID}/"`)
  assert.match(
    row?.hint ?? '',
    /final slash[\s\S]*Okta: [\s\S]*Entra ID: [\s\S]*AD FS: [\s\S]*Keycloak: [\s\S]*Shibboleth: /,
  )
})
