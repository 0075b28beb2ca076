/** More messages at once than threads and queue hold: the rest is told to come again, and everybody else is served. */

import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { after, before, test } from 'node:test'
import { fetch } from 'undici'
import { type Edge, openEdge, outstanding } from '../support/saml/edge.ts'
import { encode, messageXml } from '../support/saml/response.ts'

/** Far more than there are places, even if some are verified before the last one comes. */
const POSTS = 3 * (64 + availableParallelism())

/** Long enough that posts come faster than they are verified. */
const MANY_VALUES = `<saml:Attribute Name="codes">${'<saml:AttributeValue>c</saml:AttributeValue>'.repeat(2000)}</saml:Attribute>`

let edge: Edge
before(async () => {
  edge = await openEdge()
  await edge.prepare({}, 'ann@example.com')
})
after(() => edge.close())

test('what the queue for verification does not hold is answered 503 with Retry-After; the rest, and others, go on', async () => {
  const field = encode(
    messageXml({
      before: (xml) => xml.replace('</saml:AttributeStatement>', `${MANY_VALUES}</saml:AttributeStatement>`),
    }),
  )
  const posts = Array.from({ length: POSTS }, () => edge.post(field))
  const health = await fetch(`http://127.0.0.1:${edge.house.port}/.gatehouse/healthz`)
  assert.equal(health.status, 200, 'an answer while messages wait')
  const answers = await Promise.all(posts)
  const count = (status: number) => answers.filter((answer) => answer.status === status).length
  assert.equal(count(303), 1, 'one message, one session')
  assert.ok(count(401) >= 63, `${count(401)} found a place and were refused as copies`)
  assert.ok(count(503) > 0, 'some found none')
  assert.equal(count(303) + count(401) + count(503), POSTS)
  for (const { status, headers, text } of answers) {
    if (status !== 503) continue
    assert.deepEqual([headers['retry-after'], headers['set-cookie']], ['1', undefined])
    assert.match(text, /Too much at once\. Try again shortly\./)
  }
  const later = encode(
    messageXml({ values: { assertionId: '_assertion2', inResponseTo: '_later', responseInResponseTo: '_later' } }),
  )
  const request = outstanding('_later')
  assert.equal((await edge.post(later, { request })).status, 303, 'and afterwards there is room again')
})
