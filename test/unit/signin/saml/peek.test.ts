import assert from 'node:assert/strict'
import test from 'node:test'
import { peekIssuer } from '../../../../src/signin/saml/peek.ts'
import { encode, ISSUER, messageXml } from '../../../support/saml/response.ts'

test('the Issuer of a Response is seen without a signature, in any form', () => {
  for (const xml of [
    messageXml({ signed: 'none' }),
    messageXml({ signed: 'both' }),
    `<?xml version="1.0"?>\r\n${messageXml().replaceAll('><', '>\r\n<')}`,
    messageXml().replaceAll('samlp:', '').replaceAll('xmlns:samlp', 'xmlns'),
    messageXml().replace('<samlp:Response ', '<samlp:Response Consent="a>b" '),
  ]) {
    assert.equal(peekIssuer(encode(xml)), ISSUER)
  }
})

test('nothing is seen in what is no Response that begins with an Issuer', () => {
  for (const xml of [
    messageXml().replaceAll('samlp:Response', 'samlp:LogoutResponse'),
    messageXml().replace(/<saml:Issuer.*?<\/saml:Issuer>/, ''),
    `<!DOCTYPE x>${messageXml()}`,
    'x',
  ]) {
    assert.equal(peekIssuer(encode(xml)), undefined)
  }
  assert.equal(peekIssuer('%%%'), undefined)
})

test('what follows the Issuer is not looked at, and a long way to it is not gone', () => {
  const [beginning = ''] = messageXml().split('<samlp:Status>')
  assert.equal(peekIssuer(encode(`${beginning}<!DOCTYPE${'x'.repeat(20_000)}`)), ISSUER)
  const far = messageXml().replace('<saml:Issuer', `${' '.repeat(16 * 1024)}<saml:Issuer`)
  assert.equal(peekIssuer(encode(far)), undefined)
  assert.equal(peekIssuer(encode(messageXml() + ' '.repeat(300 * 1024))), undefined)
})
