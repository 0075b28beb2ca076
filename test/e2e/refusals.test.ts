/** Messages that are refused, each with its true cause under the reference that the browser is shown. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { addSeconds, type Instant, seconds } from '../../src/core/time.ts'
import type { DemoResponseOptions } from '../../src/demo/identity-provider/response.ts'
import type { Bend } from '../support/demo-idp.ts'
import { type House, openHouse } from '../support/house.ts'
import {
  ACS,
  ADA,
  answerFor,
  auditOf,
  NORA,
  operatorOf,
  post,
  setCookies,
  testClock,
  traceOf,
} from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouse({ clock })
})
after(() => house.close())

/** Signs in with a bent answer; what came back. */
async function answerTo(bend: Bend, account = ADA) {
  const visitor = house.browser()
  house.provider.answer(bend)
  const message = await answerFor(house, visitor, { account })
  return post(house, message, visitor)
}

/** The trace of a refusal, once all that holds for every refusal was checked. */
async function refused(bend: Bend, code: string, status = 401) {
  const answer = await answerTo(bend)
  assert.deepEqual([answer.status, answer.body.code], [status, code])
  assert.equal(answer.headers['content-type'], 'application/problem+json')
  assert.equal(answer.body.title, 'Sign-in could not be completed')
  assert.deepEqual(setCookies(answer), [])
  const trace = await traceOf(house, answer)
  const [record] = (await auditOf(house, 'sign-in.refused')).slice(-1)
  assert.deepEqual([record?.detail['code'], record?.detail['reference']], [code, trace.reference])
  return { answer, trace, failed: trace.rows.find(({ outcome }) => outcome === 'failed') }
}

const overrides = (over: Partial<DemoResponseOptions>): Bend => ({ overrides: over })
const at = (offset: number): Instant => addSeconds(clock.now(), seconds(offset))

describe('S-5: the audience must be our entity id exactly', () => {
  for (const wrong of [
    (entityId: string) => `${entityId}/`,
    (entityId: string) => entityId.replace('metadata', 'Metadata'),
    () => 'https://other.example/sp',
  ]) {
    test(`S-5: ${wrong('…/metadata')} is refused, and the diagnosis shows both values`, async () => {
      const entityId = `${house.url}/.gatehouse/saml/metadata`
      const { failed, trace, answer } = await refused(overrides({ audience: wrong(entityId) }), 'SAML_AUDIENCE_WRONG')
      assert.equal(failed?.check, 'audience')
      assert.ok(failed?.expected?.includes(`"${entityId}"`))
      assert.ok(failed?.received?.includes(`"${wrong(entityId)}"`))
      assert.ok(trace.cause.includes(wrong(entityId)))
      assert.ok(!answer.text.includes(entityId), 'the browser learns nothing of it')
    })
  }
})

test('S-6: another Destination is refused, and one that differs in its scheme gets a hint of its own', async () => {
  const other = await refused(overrides({ destination: 'http://localhost:1/acs' }), 'SAML_DESTINATION_WRONG')
  const scheme = await refused(
    overrides({ destination: `${house.url.replace('http:', 'https:')}${ACS}` }),
    'SAML_DESTINATION_WRONG',
  )
  assert.ok(scheme.failed?.expected?.includes(`${house.url}${ACS}`))
  assert.notEqual(scheme.failed?.hint, other.failed?.hint)
})

test('S-6: another Recipient is refused', async () => {
  const { failed } = await refused(overrides({ recipient: `${house.url}/acs` }), 'SAML_RECIPIENT_WRONG')
  assert.ok(failed?.received?.includes(`${house.url}/acs`))
})

describe('S-8: clocks may differ by the offset, 5 minutes', () => {
  for (const [title, bend, code] of [
    ['NotBefore 4 minutes ahead passes', () => ({ issuedAt: at(240), notOnOrAfter: at(600) }), null],
    ['NotBefore 6 minutes ahead fails', () => ({ notBefore: at(360), notOnOrAfter: at(600) }), 'SAML_NOT_YET_VALID'],
    ['NotOnOrAfter 4 minutes ago passes', () => ({ issuedAt: at(-300), notOnOrAfter: at(-240) }), null],
    ['NotOnOrAfter 6 minutes ago fails', () => ({ issuedAt: at(-600), notOnOrAfter: at(-360) }), 'SAML_EXPIRED'],
  ] as const) {
    test(`S-8: ${title}`, async () => {
      const answer = await answerTo(overrides(bend()))
      assert.equal(answer.status, code === null ? 303 : 401, answer.text)
      if (code !== null) assert.equal(answer.body.code, code)
    })
  }

  for (const [offset, minutes, status] of [
    [0, 0.9, 303],
    [0, 1.1, 401],
    [60, 4.9, 303],
    [60, 5.1, 401],
  ] as const) {
    test(`S-8: an offset of ${offset} minutes lets ${minutes} minutes ${status === 303 ? 'pass' : 'fail'}`, async () => {
      await house.reload({ top: { session: { timeoutMinutes: 30, samlOffsetMinutes: offset } } })
      try {
        const answer = await answerTo(overrides({ issuedAt: at(-400), notOnOrAfter: at(-minutes * 60) }))
        assert.equal(answer.status, status, answer.text)
      } finally {
        await house.reload({})
      }
    })
  }
})

test('S-16: a SessionNotOnOrAfter that is over with the offset added is refused', async () => {
  assert.equal((await answerTo(overrides({ sessionNotOnOrAfter: at(-299) }))).status, 303)
  await refused(overrides({ sessionNotOnOrAfter: at(-300) }), 'SAML_SESSION_OVER')
})

test('a message that was changed on the way is refused', async () => {
  const { trace } = await refused({ tamper: (xml) => xml.replace(ADA, NORA) }, 'SAML_SIGNATURE_INVALID')
  assert.equal(trace.account, null)
})

test('N-14: a status other than Success is refused with what the provider said', async () => {
  const status = { code: 'urn:oasis:names:tc:SAML:2.0:status:Responder', message: 'user not assigned to the app' }
  const { failed } = await refused(overrides({ status, withAssertion: false }), 'SAML_STATUS_NOT_SUCCESS')
  assert.ok(failed?.received?.includes('user not assigned to the app'))
})

describe('S-12: the login attribute', () => {
  before(() => house.reload({ provider: { loginAttribute: 'EmpNo' } }))
  after(() => house.reload({}))
  const attributes = (values: readonly string[]) =>
    overrides({
      attributes: [
        { name: 'EmpNo', values },
        { name: 'FnmsAdmin', values: ['true'] },
      ],
    })

  test('S-12, N-10: its value is the account, whatever the NameID says', async () => {
    assert.equal((await answerTo(attributes(['E-4711']))).status, 303)
    assert.ok(await operatorOf(house, 'E-4711'))
  })

  test('S-12: without it sign-in is refused, the NameID does not stand in for it', async () => {
    const sessions = await house.gateway.store.sessions.count()
    const { failed } = await refused(overrides({ attributes: [] }), 'SAML_LOGIN_ATTRIBUTE_MISSING')
    assert.ok(failed?.expected?.includes('EmpNo'))
    assert.equal(await house.gateway.store.sessions.count(), sessions)
  })

  for (const [what, values] of [
    ['two values are', ['E-1', 'E-2']],
    ['an empty value is', ['']],
  ] as const) {
    test(`S-12: ${what} none`, async () => {
      await refused(attributes(values), 'SAML_LOGIN_ATTRIBUTE_MISSING')
    })
  }
})

test('an account outside accountDomains is refused', async () => {
  await house.reload({ provider: { accountDomains: ['other.example'] } })
  try {
    await refused({}, 'SAML_ACCOUNT_DOMAIN_REFUSED')
  } finally {
    await house.reload({})
  }
})

describe('N-14: a post that is no message is a refusal with a reference and its cause like any other', () => {
  const cases = {
    'nothing at all': ['', 'a form without SAMLResponse'],
    'a form without SAMLResponse': ['RelayState=0123abcd', 'a form without SAMLResponse'],
    'an empty message': ['SAMLResponse=', 'an empty SAMLResponse'],
    'two messages': ['SAMLResponse=a&SAMLResponse=b', 'more than one SAMLResponse'],
    'two RelayStates': ['SAMLResponse=a&RelayState=b&RelayState=c', 'more than one RelayState'],
    'no base64': ['SAMLResponse=%00%01', null],
    'base64 of no XML': ['SAMLResponse=aGVsbG8=', null],
    'too much of it': [`SAMLResponse=${'A'.repeat(1_100_000)}`, null],
    'two messages in a long form': [`SAMLResponse=a&SAMLResponse=${'b'.repeat(100_000)}`, 'more than one SAMLResponse'],
    'a long form without SAMLResponse': ['+'.repeat(100_000), 'a form without SAMLResponse'],
    'a long message that is no base64': [`SAMLResponse=${'%00'.repeat(30_000)}`, null],
    'too many fields': [`SAMLResponse=a${'&x=1'.repeat(40)}`, null],
  } as const
  for (const [what, [body, received]] of Object.entries(cases)) {
    test(`N-14: ${what}`, async () => {
      const type = 'application/x-www-form-urlencoded'
      const answer = await supertest(house.url).post(ACS).set('Content-Type', type).send(body)
      assert.equal(answer.status, 400, answer.text)
      const trace = await traceOf(house, answer)
      assert.match(trace.outcome, /^SAML_(?:MALFORMED|TOO_LARGE)$/)
      const failed = trace.rows.find(({ outcome }) => outcome === 'failed')
      if (received !== null) assert.equal(failed?.received, received)
    })
  }

  test('N-14: a query in the address, and a body that is no form', async () => {
    const withQuery = await supertest(house.url).post(`${ACS}?a=b`).type('form').send({ SAMLResponse: 'a' })
    assert.deepEqual([withQuery.status, withQuery.body.code], [400, 'SAML_MALFORMED'])
    const json = await supertest(house.url).post(ACS).send({ SAMLResponse: 'a' })
    assert.deepEqual([json.status, json.body.code], [400, 'SAML_MALFORMED'])
    await traceOf(house, json)
  })

  test('N-14: a form says that it is UTF-8, or nothing', async () => {
    const causeIn = async (charset: string) => {
      const type = `application/x-www-form-urlencoded${charset}`
      const answer = await supertest(house.url).post(ACS).set('Content-Type', type).send('SAMLResponse=')
      assert.deepEqual([answer.status, answer.body.code], [400, 'SAML_MALFORMED'])
      return (await traceOf(house, answer)).rows.find(({ outcome }) => outcome === 'failed')?.received
    }
    for (const charset of [
      '',
      ';charset=UTF-8',
      '; charset="utf-8"',
      '; charset=us-ascii; a=b',
      ';Charset=ISO-8859-1 ',
    ]) {
      assert.equal(await causeIn(charset), 'an empty SAMLResponse', charset)
    }
    for (const charset of ['utf-16', '"utf-7"', 'utf-8x']) {
      assert.equal(await causeIn(`; charset=${charset}`), 'a form in another charset', charset)
    }
  })
})

test('S-14: a long message is sent back whole, to be posted once more', async () => {
  const message = Buffer.alloc(150_000, 'long message ').toString('base64')
  const form = { SAMLResponse: message, RelayState: '0123abcd' }
  const page = await supertest(house.url).post(ACS).set('Accept', 'text/html').type('form').send(form)
  assert.equal(page.status, 200)
  assert.ok(page.text.includes(`name="SAMLResponse" value="${message}"`))
})

test('N-14: all refusals look alike to a browser but for their reference', async () => {
  const pages = await Promise.all(
    [overrides({ audience: 'x' }), { tamper: (xml: string) => xml.replace(ADA, NORA) }].map(async (bend) => {
      const visitor = house.browser()
      await visitor.goto(`${house.url}/app/`)
      return { bend, visitor }
    }),
  )
  const texts: string[] = []
  for (const { bend, visitor } of pages) {
    house.provider.answer(bend)
    await visitor.submitForm(visitor.page(), { button: ADA })
    const page = await visitor.submitForm()
    assert.equal(page.status, 401)
    assert.match(page.text, /<h1>Sign-in could not be completed<\/h1>/)
    assert.match(page.text, /Start again/)
    texts.push(page.text.replace((await traceOf(house, page)).reference, ''))
  }
  assert.equal(texts[0], texts[1])
})
