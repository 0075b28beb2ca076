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
