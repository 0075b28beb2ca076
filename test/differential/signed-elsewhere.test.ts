/** Messages that xmlsec1 signed, in forms that lead canonicalizers apart: what it covers by a signature verifies here, too. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { accepted, refused } from '../support/saml/expect.ts'
import { provider } from '../support/saml/identities.ts'
import { responseXml } from '../support/saml/response.ts'
import { ALGORITHMS, C14N, DIGESTS, ENVELOPED, insertSignature, SIG } from '../support/saml/sign.ts'

const PROGRAM = process.env['GATEHOUSE_TEST_XMLSEC1'] ?? ''
const SAML_NS = 'urn:oasis:names:tc:SAML:2.0:'
const XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

interface Form {
  /** Content of the one AttributeValue. */
  readonly value?: string
  /** Attributes of AttributeValue. */
  readonly on?: string
  /** Attributes of the Response. */
  readonly around?: string
  /** PrefixList of the transform. */
  readonly prefixes?: string
}

const FORMS: Readonly<Record<string, Form>> = {
  'a prefix that is bound anew and back again': {
    value: '<a:x xmlns:a="urn:1"><a:y xmlns:a="urn:2"><a:z xmlns:a="urn:1"/><a:q/></a:y><a:w/></a:x>',
  },
  'default namespaces that come and go': {
    value: '<x xmlns="urn:1"><y xmlns=""><z xmlns="urn:1"/></y><w/></x><x xmlns=""/>',
  },
  'a default namespace around, in use nowhere': { around: 'xmlns="urn:d"' },
  'two prefixes of one namespace': { value: '<q:x xmlns:q="urn:q" xmlns:r="urn:q"><r:y q:a="1"/></q:x>' },
  'attributes in and out of namespaces, sorted by these': {
    value: '<q:x xmlns:q="urn:z" xmlns:r="urn:a" q:b="1" r:a="2" b="3" a="4" q:a="5" A="6" _="7" é="8"/>',
  },
  'attributes of XML itself': {
    value: '<q:x xmlns:q="urn:q" xml:lang="en" xml:space="preserve" a="1"/>',
    around: 'xml:lang="de"',
  },
  'the prefix xml declared': {
    value: '<q:x xmlns:q="urn:q" xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="en"/>',
  },
  'references in attributes': { value: '<q a="&#9;&#10;&#13;&quot;&lt;&amp;>&apos;&#x20AC;" b="\t \n"/>' },
  'references in text': { value: '&#13;&#10;&#9;&gt;&lt;&amp;&quot;\' " ]] > &#x1F600;' },
  'CDATA sections, one of them empty': { value: 'a<![CDATA[]]><![CDATA[<a>&b;]]>]]&gt;' },
  'characters beyond the first plane, in names too': {
    value: '<\u{10000}b xmlns="urn:x">\u{1F600}\u00a0</\u{10000}b>',
  },
  'a comment in a value': { value: 'a<!-- c -->b' },
  'a PrefixList with a prefix that only a value uses': {
    value: 'a',
    on: `${XS} ${XSI} xsi:type="xs:string"`,
    prefixes: 'xs',
  },
  'a PrefixList with prefixes from around, in use or not': {
    around: `${XS} ${XSI} xmlns:b="urn:b" xmlns:c="urn:c"`,
    prefixes: 'xs xsi b samlp ds',
  },
  'a PrefixList with a prefix that is declared anew below': {
    value: '<q:y xmlns:q="urn:q" xmlns:xs="urn:1"><q:z xmlns:xs="urn:1"/><q:w xmlns:xs="urn:2"/></q:y>',
    prefixes: 'xs',
  },
  'a PrefixList with #default, as ComponentSpace writes it, and no default namespace': {
    prefixes: '#default samlp saml ds xs xsi md',
  },
  'a PrefixList with #default and a default namespace around, in use nowhere': {
    around: 'xmlns="urn:d"',
    prefixes: '#default saml',
  },
  'a PrefixList with #default and default namespaces that come and go, in use or not': {
    value:
      '<q:x xmlns:q="urn:q" xmlns="urn:1"><q:y><z/></q:y><q:y xmlns=""><q:z xmlns="urn:1"/><w xmlns="urn:2"><q:w xmlns="urn:2"/></w></q:y></q:x>',
    around: 'xmlns="urn:d"',
    prefixes: 'xs #default',
  },
  'a PrefixList with a prefix twice, one that nobody declared, and blanks': {
    around: XS,
    prefixes: ' xs  xs nobody ',
  },
}

function unsigned({ value = 'ann@example.com', on = '', around = '' }: Form): string {
  return responseXml()
    .replace(/<saml:AttributeValue>[^<]*/, () => `<saml:AttributeValue ${on}>${value}`)
    .replace('<samlp:Response ', `<samlp:Response ${around} `)
}

function template(id: string, { prefixes }: Form): string {
  const list = prefixes === undefined ? '' : `<ec:InclusiveNamespaces xmlns:ec="${C14N}" PrefixList="${prefixes}"/>`
  const transforms = `<ds:Transforms><ds:Transform Algorithm="${ENVELOPED}"/><ds:Transform Algorithm="${C14N}">${list}</ds:Transform></ds:Transforms>`
  const reference = `<ds:Reference URI="#${id}">${transforms}<ds:DigestMethod Algorithm="${DIGESTS.sha256}"/><ds:DigestValue/></ds:Reference>`
  return `<ds:Signature xmlns:ds="${SIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${C14N}"/><ds:SignatureMethod Algorithm="${ALGORITHMS['rsa-sha256']}"/>${reference}</ds:SignedInfo><ds:SignatureValue/></ds:Signature>`
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-signed-elsewhere-'))
  await writeFile(join(folder, 'key.pem'), provider.key)
})
after(() => rm(folder, { recursive: true }))

async function signedByXmlsec(xml: string): Promise<string> {
  const file = join(folder, 'message.xml')
  await writeFile(file, xml)
  const ids = [`${SAML_NS}assertion:Assertion`, `${SAML_NS}protocol:Response`].flatMap((name) => ['--id-attr:ID', name])
  const args = ['--sign', '--privkey-pem', join(folder, 'key.pem'), ...ids, file]
  return (await promisify(execFile)(PROGRAM, args)).stdout
}

describe('signed by xmlsec1', { skip: PROGRAM === '' && 'xmlsec1 is not installed' }, () => {
  for (const [title, form] of Object.entries(FORMS)) {
    for (const [what, id] of [
      ['assertion', '_assertion1'],
      ['Response', '_response1'],
    ] as const) {
      test(`${title}: the signed ${what} is accepted, and refused once it is changed`, async () => {
        const xml = await signedByXmlsec(insertSignature(unsigned(form), id, template(id, form)))
        assert.equal((await accepted(xml)).account, 'ann@example.com')
        const changed = xml.replace(/>ann@example\.com<\/saml:NameID>/, '>admin@example.com</saml:NameID>')
        await refused(changed, 'SAML_SIGNATURE_INVALID')
      })
    }
  }
})
