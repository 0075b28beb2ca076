/** The trace that is kept of a refusal: its row, both values and where to mend it, under the reference that the browser saw (S-5, S-20). */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HINTS } from '../../../src/signin/saml/hints.ts'
import { HINT_CASES } from '../../security/saml-cases/hints.ts'
import { gatehouse } from '../../support/process.ts'
import { type Edge, type EdgeAnswer, openEdge, outstanding } from '../../support/saml/edge.ts'
import { ENTITY_ID, encode, messageXml } from '../../support/saml/response.ts'

let edge: Edge
before(async () => {
  edge = await openEdge()
})
after(() => edge.close())

/** One that the assertion consumer answers with a new sign-in in place of a refusal. */
const STARTS_A_SIGN_IN = 'unsolicited'

describe('a kept trace names the failed row, both values and where to mend it', () => {
  for (const { row, hint, field, circumstances, again } of HINT_CASES) {
    if (hint === STARTS_A_SIGN_IN) continue
    test(`"${row}": ${hint}`, async () => {
      await edge.prepare(circumstances, 'ann@example.com')
      const { request = outstanding() } = circumstances
      let answer = await edge.post(field(), { request })
      if (again !== undefined) {
        assert.equal(answer.status, 303)
        answer = await edge.post(encode(messageXml({ values: again })), {
          request: outstanding(again.inResponseTo ?? undefined),
        })
      }
      const trace = await edge.traceOf(answer)
      const failed = trace.rows.find(({ outcome }) => outcome === 'failed')
      assert.equal(failed?.check, row)
      assert.equal(failed.code, trace.outcome)
      assert.equal(trace.cause, `Expected: ${failed.expected}. Received: ${failed.received}.`)
      assert.equal(failed.hint?.split('\n')[0], HINTS[hint].general)
    })
  }
})

describe('gatehouse saml trace', () => {
  let answer: EdgeAnswer
  let reference: string
  before(async () => {
    await edge.prepare({})
    answer = await edge.post(encode(messageXml({ values: { audience: `${ENTITY_ID}/` } })))
    reference = (await edge.traceOf(answer)).reference
  })
  const trace = (...args: string[]) => gatehouse(['saml', 'trace', ...args, '--config', edge.house.configFile])

  test('S-5: prints the trace as it is kept, however the reference is typed', async () => {
    const kept = await edge.traceOf(answer)
    for (const typed of [reference.toLowerCase().replace('-', ''), ` ${reference.replace('-', ' ')} `]) {
      const { code, stdout, stderr } = await trace(typed)
      assert.deepEqual([code, stderr], [0, ''], typed)
      assert.deepEqual(JSON.parse(stdout), { ...kept, at: '2030-01-31T08:00:00.000Z' })
    }
  })

  test('what no reference names is unknown, and is not printed back at length: exit 1', async () => {
    for (const typed of [`../${reference}`, 'A'.repeat(5000)]) {
      const { code, stdout, stderr } = await trace(typed)
      assert.deepEqual([code, stdout], [1, ''], typed)
      assert.match(stderr, /^no sign-in is kept under the reference .{0,61}\n$/)
    }
  })

  test('S-5: shows a reader the table, and below it both values and a line for each product', async () => {
    const { stdout } = await trace(reference, '--output', 'table')
    assert.match(stdout, /^audience +failed *$/m)
    assert.match(stdout, /^entry rule +not-reached *$/m)
    assert.match(stdout, new RegExp(`^Expected +"${ENTITY_ID}" *$`, 'm'))
    assert.match(stdout, new RegExp(`^Received +"${ENTITY_ID}/" *$`, 'm'))
    for (const product of ['Okta', 'Entra ID', 'AD FS', 'Keycloak', 'Shibboleth']) {
      assert.match(stdout, new RegExp(`^${product} +\\S`, 'm'))
    }
    assert.doesNotMatch(stdout, /\\u000a/, 'line breaks are line breaks')
  })
})
