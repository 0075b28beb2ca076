/** Every valid form gets in: nothing true is refused. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { accepted } from '../support/saml/expect.ts'
import { messageXml } from '../support/saml/response.ts'
import { VALID_CASES } from './saml-cases/valid.ts'

for (const { title, options, circumstances, account } of VALID_CASES) {
  test(title, async () => {
    assert.equal((await accepted(messageXml(options), circumstances)).account, account)
  })
}

test('attributes: joined by Name in order, nil left out, children as text, awkward names harmless', async () => {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
  const attributes = [
    `<saml:Attribute Name="b" FriendlyName="a"><saml:AttributeValue ${xsi} xsi:type="xs:string">1</saml:AttributeValue><saml:AttributeValue ${xsi} xsi:nil="true"/><saml:AttributeValue ${xsi} xsi:nil=" 1 "/></saml:Attribute>`,
    '<saml:Attribute Name="a"/>',
    '<saml:Attribute Name="__proto__"><saml:AttributeValue>p</saml:AttributeValue></saml:Attribute>',
    '<saml:Attribute Name="nameID"><saml:AttributeValue>admin@example.com</saml:AttributeValue></saml:Attribute>',
    '<saml:Attribute Name="b"><saml:AttributeValue><x>2</x><y>3</y></saml:AttributeValue><saml:AttributeValue/></saml:Attribute>',
    `<saml:Attribute Name="long"><saml:AttributeValue>${'é'.repeat(5000)}</saml:AttributeValue></saml:Attribute>`,
    '<saml:Attribute Name="lines"><saml:AttributeValue>a&#13;&#10;b &amp;&lt;</saml:AttributeValue></saml:Attribute>',
  ].join('</saml:AttributeStatement><saml:AttributeStatement>')
  const { attributes: read, account } = await accepted(messageXml({ values: { attributes } }))
  assert.equal(account, 'ann@example.com')
  assert.deepEqual(
    [...read],
    [
      ['b', ['1', '23', '']],
      ['a', []],
      ['__proto__', ['p']],
      ['nameID', ['admin@example.com']],
      ['long', ['é'.repeat(5000)]],
      ['lines', ['a\r\nb &<']],
    ],
  )
})
