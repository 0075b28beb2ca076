import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import express from 'express'
import supertest from 'supertest'

import { type AcsForm, readAcsForm } from '../../../src/signin/acs-form.ts'
import type { FormProblem } from '../../../src/signin/saml/consumer.ts'

const KIBIBYTE = 1024
const FORM = 'application/x-www-form-urlencoded'

const parts: number[] = []
const forms: (AcsForm | FormProblem)[] = []
const app = express().use(async (request, response) => {
  forms.push(await readAcsForm(request, { memory: { passed: (bytes) => void parts.push(bytes) } }))
  response.end()
})
let server: ReturnType<typeof app.listen>
before(() => {
  server = app.listen(0, '127.0.0.1')
})
after(() => server.close())

/** What is read of a body, with the message as text. */
async function reading(body: string, headers: Readonly<Record<string, string>> = {}, path = '/') {
  await supertest(server)
    .post(path)
    .set({ 'Content-Type': FORM, ...headers })
    .serialize((given) => given)
    .send(body)
  const read = forms.pop()
  assert.ok(read)
  return 'code' in read ? read : { ...read, message: read.message.toString() }
}

const NO_MARKS = { relayState: undefined, repost: false, confirm: false }

describe('a form is read as browsers send it', () => {
  for (const [title, body, expected] of [
    ['message and RelayState', 'SAMLResponse=PHM%2B&RelayState=0a1b2c3d', { message: 'PHM+', relayState: '0a1b2c3d' }],
    ['escapes in either case', 'SAMLResponse=a%2fb%2F%3d%3D', { message: 'a/b/==' }],
    ['plus as a blank', 'SAMLResponse=a+b&RelayState=%2Fapp%2F+x', { message: 'a b', relayState: '/app/ x' }],
    ['UTF-8 in RelayState', 'RelayState=%2Fb%C3%BCro&SAMLResponse=a', { message: 'a', relayState: '/büro' }],
    ['escapes in a name', 'SAML%52esponse=a', { message: 'a' }],
    ['what is no escape', 'SAMLResponse=a%&RelayState=%zz%2', { message: 'a%', relayState: '%zz%2' }],
    ['a half escape at the end of a field', 'SAMLResponse=a%4&1=b', { message: 'a%4' }],
    ['a value with an equals sign', 'SAMLResponse=a==', { message: 'a==' }],
    ['an empty RelayState', 'SAMLResponse=a&RelayState=', { message: 'a', relayState: '' }],
    ['a RelayState without a value', 'RelayState&SAMLResponse=a', { message: 'a', relayState: '' }],
    ['other fields', '&x=1&x=2&samlresponse=b&SAMLResponse[]=c&SAMLResponse=a&', { message: 'a' }],
    [
      'the marks of our own pages',
      'SAMLResponse=a&gatehouse_repost=1&gatehouse_confirm=1',
      { message: 'a', repost: true, confirm: true },
    ],
    [
      'marks that are none',
      'SAMLResponse=a&gatehouse_repost=1&gatehouse_repost=1&gatehouse_confirm=2',
      { message: 'a' },
    ],
  ] as const) {
    test(title, async () => assert.deepEqual(await reading(body), { ...NO_MARKS, ...expected }))
  }

  for (const type of [`${FORM}; charset=UTF-8`, `${FORM};charset="utf-8"`, 'Application/X-WWW-Form-URLEncoded']) {
    test(`as ${type}`, async () => {
      assert.deepEqual(await reading('SAMLResponse=a', { 'Content-Type': type }), { ...NO_MARKS, message: 'a' })
    })
  }
})

describe('a form with two meanings or none is refused, in words for the trace', () => {
  const twenty = 'x&'.repeat(19)
  for (const [received, body, headers, path] of [
    ['a form without SAMLResponse', 'RelayState=a'],
    ['an empty SAMLResponse', 'SAMLResponse=&RelayState=a'],
    ['more than one SAMLResponse', 'SAMLResponse=a&SAMLResponse=a'],
    ['more than one SAMLResponse', 'SAMLResponse=a&SAML%52esponse='],
    ['more than one RelayState', 'SAMLResponse=a&RelayState=a&RelayState='],
    ['a form of more than 20 fields', `${twenty}x&SAMLResponse=a`],
    ['a query in the address', 'SAMLResponse=a', {}, '/?SAMLResponse=a'],
    ['a body that is no form', '{}', { 'Content-Type': 'application/json' }],
    ['a form without SAMLResponse', ''],
    ['a body that is no form', 'SAMLResponse=a', { 'Content-Type': `${FORM}; charset=utf-16` }],
    ['a form that is packed', 'SAMLResponse=a', { 'Content-Encoding': 'gzip' }],
  ] as const) {
    test(`${received}: ${body.slice(0, 40)}`, async () => {
      assert.deepEqual(await reading(body, headers, path), { code: 'SAML_MALFORMED', received })
    })
  }

  test('the twentieth field still counts', async () => {
    assert.deepEqual(await reading(`${twenty}SAMLResponse=a`), { ...NO_MARKS, message: 'a' })
  })

  test('512 KiB are a form, and one byte more is none', async () => {
    const filled = `SAMLResponse=${'a'.repeat(512 * KIBIBYTE - 13)}`
    parts.length = 0
    assert.ok('message' in (await reading(filled)))
    const passed = parts.reduce((sum, bytes) => sum + bytes, 0)
    assert.equal(passed, 2 * filled.length, 'what comes in and the whole of it')
    const [code, received] = ['SAML_TOO_LARGE', `a form of ${filled.length + 1} bytes`]
    assert.deepEqual(await reading(`${filled}a`), { code, received })
  })
})
