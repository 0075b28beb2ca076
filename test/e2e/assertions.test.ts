/**
 * Messages at the gateway's own edge: every valid form signs in, and of every hostile one the client learns nothing but
 * that it was refused. The tables are those of test/security, where each hostile message has a valid twin.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts'
import type { SignInRequest } from '../../src/signin/saml/model.ts'
import { HOSTILE_ENCRYPTED, UNDECRYPTABLE, VALID_ENCRYPTED } from '../security/saml-cases/encryption.ts'
import { EXACTNESS_CASES } from '../security/saml-cases/exactness.ts'
import { MEANING_CASES } from '../security/saml-cases/meaning.ts'
import { SIGNATURE_VALUE_CASES } from '../security/saml-cases/signature-values.ts'
import { SIGNATURE_CASES } from '../security/saml-cases/signatures.ts'
import { VALID_CASES } from '../security/saml-cases/valid.ts'
import { WRAPPING_CASES } from '../security/saml-cases/wrapping.ts'
import { XML_CASES } from '../security/saml-cases/xml.ts'
import { type Edge, type EdgeAnswer, masked, openEdge, outstanding } from '../support/saml/edge.ts'
import type { HostileCase } from '../support/saml/expect.ts'
import type { Circumstances } from '../support/saml/judge.ts'
import { encode, type MessageOptions, messageXml, type Values } from '../support/saml/response.ts'

let edge: Edge
before(async () => {
  edge = await openEdge()
})
after(() => edge.close())

/** What the provider must sign for a message signed so to be judged by what is wrong with it. */
function wanting(signed: MessageOptions['signed'], circumstances: Circumstances = {}): Circumstances {
  const { config = {} } = circumstances
  const want = {
    signedResponse: signed === 'response',
    signedAssertion: signed !== 'response',
    encryptedAssertion: false,
  }
  return { ...circumstances, config: { want, ...config } }
}

let messages = 0
/** IDs that no other message has, so that only its own faults speak against it. */
function fresh(): Pick<Values, 'assertionId' | 'inResponseTo' | 'responseInResponseTo'> {
  messages += 1
  const request = `_request-${messages}`
  return { assertionId: `_assertion-${messages}`, inResponseTo: request, responseInResponseTo: request }
}

describe('valid messages sign in as whom the signed bytes name', () => {
  for (const { title, options, circumstances, account } of VALID_CASES) {
    test(title, async () => {
      const values = { ...fresh(), ...options.values }
      await edge.prepare(wanting(options.signed, circumstances), account)
      const request = outstanding(values.inResponseTo ?? undefined)
      const answer = await edge.post(encode(messageXml({ ...options, values })), { request })
      assert.deepEqual([answer.status, answer.headers.location], [303, '/app/'], answer.text)
      assert.equal(await edge.accountOf(answer), account)
    })
  }

  for (const { title, make, circumstances } of VALID_ENCRYPTED) {
    test(title, async () => {
      const values = fresh()
      await edge.prepare(circumstances ?? {}, 'ann@example.com')
      const answer = await edge.post(encode(make(values)), { request: outstanding(values.inResponseTo ?? undefined) })
      assert.equal(answer.status, 303, answer.text)
      assert.equal(await edge.accountOf(answer), 'ann@example.com')
    })
  }
})

/** The first refusal of each status; all others must look like it. */
const patterns = new Map<number, { text: string; headers: object }>()

/** Headers that may differ between two answers of equal meaning. */
function fixedHeaders({ headers: { date: _, ...rest } }: EdgeAnswer): object {
  return rest
}

async function refused(field: string, code: ErrorCode, request: SignInRequest | null = outstanding()) {
  // The way back stands on the page; it is the browser's own.
  const answer = await edge.post(field, { request: request && { ...request, returnTo: '/app/' } })
  assert.equal(answer.status, ERRORS[code].status, answer.text)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal((await edge.traceOf(answer)).outcome, code)
  if (request === null) return
  const seen = { text: masked(answer), headers: fixedHeaders(answer) }
  const pattern = patterns.get(answer.status) ?? seen
  patterns.set(answer.status, pattern)
  assert.deepEqual(seen, pattern)
}

const TABLES: Readonly<Record<string, readonly HostileCase[]>> = {
  'signature wrapping': WRAPPING_CASES,
  'coverage, shape, keys, algorithms and transforms of signatures': [...SIGNATURE_CASES, ...SIGNATURE_VALUE_CASES],
  'XML that two parsers could read in two ways, or that costs too much': XML_CASES,
  'status, issuer, addresses, times, audience, request and account': [...MEANING_CASES, ...EXACTNESS_CASES],
}

for (const [name, cases] of Object.entries(TABLES)) {
  describe(`${name}: refused, all alike to a browser, each with its cause in the trace`, () => {
    for (const { title, code, twin, hostile, circumstances, mutated } of cases) {
      test(title, async () => {
        await edge.prepare(wanting(twin?.signed, { ...circumstances, ...mutated }))
        await refused(encode(messageXml({ ...twin, ...hostile })), code, mutated?.request)
      })
    }
  })
}

describe('encryption: refused, all alike to a browser, each with its cause in the trace', () => {
  for (const { title, code, make, circumstances } of [...HOSTILE_ENCRYPTED, ...UNDECRYPTABLE]) {
    test(title, async () => {
      await edge.prepare(circumstances ?? {})
      await refused(encode(make()), code)
    })
  }

  test('a program cannot tell the failures between key and signature apart either', async () => {
    const answers = new Set<string>()
    const took: number[] = []
    for (const { make, circumstances } of UNDECRYPTABLE) {
      await edge.prepare(circumstances ?? {})
      const field = encode(make())
      const start = performance.now()
      answers.add(masked(await edge.post(field, { accept: 'application/json' })))
      took.push(performance.now() - start)
    }
    assert.equal(answers.size, 1, [...answers].join(''))
    assert.ok(Math.min(...took) >= 249, `each takes 250 ms, however far it came: ${took}`)
  })
})

test('a refusal says no more than its page, and 400 and 401 differ in nothing but the status', () => {
  const [malformed, refusal] = [patterns.get(400), patterns.get(401)]
  assert.ok(malformed && refusal)
  assert.deepEqual(malformed, refusal)
  assert.match(refusal.text, /<h1>Sign-in could not be completed<\/h1>/)
  assert.doesNotMatch(refusal.text, /SAML|audience|signature/i)
})
