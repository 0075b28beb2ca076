/** XML that two parsers could read in two ways, or that costs too much (security.md). */

import type { HostileCase } from '../../support/saml/expect.ts'
import type { MessageOptions } from '../../support/saml/response.ts'

const MALFORMED = 'SAML_MALFORMED' as const

function altered(title: string, after: (xml: string) => string, code: HostileCase['code'] = MALFORMED): HostileCase {
  return { title, code, hostile: { after } }
}

/** Puts text after the Issuer of the Response, where nothing is signed. */
function outside(text: string) {
  return (xml: string) => xml.replace('<samlp:Status>', `${text}<samlp:Status>`)
}

function attribute(text: string): MessageOptions {
  return {
    values: {
      attributes: `<saml:Attribute Name="x"><saml:AttributeValue>${text}</saml:AttributeValue></saml:Attribute>`,
    },
  }
}

export const XML_CASES: readonly HostileCase[] = [
  altered('a DOCTYPE is refused', (xml) => `<!DOCTYPE Response>${xml}`),
  altered(
    'a DOCTYPE with an external entity is refused',
    (xml) => `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml.replace('ann@', '&e;')}`,
  ),
  altered(
    'a billion laughs is refused',
    (xml) => `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${xml.replace('ann@', '&b;')}`,
  ),
  altered(
    'a DOCTYPE in an ATTLIST that adds an ID is refused',
    (xml) => `<!DOCTYPE r [<!ATTLIST x ID ID #IMPLIED>]>${xml}`,
  ),
  ...['\u0085', '\u2028'].map((character) => ({
    title: `U+${character.charCodeAt(0).toString(16).padStart(4, '0')} in a signed attribute, a line end to some parsers, is refused`,
    code: MALFORMED,
    twin: attribute('a b'),
    hostile: attribute(`a${character}b`),
  })),
  {
    title: 'a reference to U+0085, which stands unescaped in the bytes that were signed, is refused',
    code: MALFORMED,
    twin: attribute('a b'),
    hostile: attribute('a&#x85;b'),
  },
  altered('U+0085 in what is not signed is refused', outside('<e:x xmlns:e="urn:e">\u0085</e:x>')),
  altered('an undeclared entity is refused', (xml) => xml.replace('ann@', '&ann;@')),
  altered('an entity of HTML is refused', outside('<e:x xmlns:e="urn:e">&nbsp;</e:x>')),
  altered('a processing instruction is refused', outside('<?php x?>')),
  altered('a processing instruction in the NameID is refused', (xml) => xml.replace('ann@', 'ann<?x?>@')),
  altered('an XML declaration of version 1.1 is refused', (xml) => `<?xml version="1.1"?>${xml}`),
  altered(
    'another encoding in the XML declaration is refused',
    (xml) => `<?xml version="1.0" encoding="UTF-7"?>${xml}`,
  ),
  altered('two roots are refused', (xml) => xml + xml),
  altered('text after the root is refused', (xml) => `${xml}x`),
  altered('text before the root is refused', (xml) => `x${xml}`),
  altered('a NUL is refused', outside('\u0000')),
  altered('a control character is refused', outside('\u0008')),
  altered('a reference to a control character is refused', outside('<e:x xmlns:e="urn:e">&#0;</e:x>')),
  altered('a reference beyond Unicode is refused', outside('<e:x xmlns:e="urn:e">&#x110000;</e:x>')),
  altered('a comment with two hyphens is refused', outside('<!-- a -- b -->')),
  altered('an unfinished comment is refused', (xml) => `${xml}<!-- `),
  altered('"]]>" in text is refused', outside('<e:x xmlns:e="urn:e">]]></e:x>')),
  altered('an attribute without quotes is refused', outside('<e:x xmlns:e="urn:e" a=b/>')),
  altered('an attribute without value is refused', outside('<e:x xmlns:e="urn:e" a/>')),
  altered('an attribute twice is refused', outside('<e:x xmlns:e="urn:e" a="1" a="2"/>')),
  ...['', '<r a:y="1" b:y="2"/>'].map((inside) => {
    const attributes = inside === '' ? 'a:y="1" b:y="2"' : ''
    const twins = `<q xmlns:a="urn:u" xmlns:b="urn:u" ${attributes}>${inside}</q>`
    return {
      title: `an attribute twice under two prefixes of one namespace${inside === '' ? '' : ' that are declared above'} is refused`,
      code: MALFORMED,
      twin: { after: outside(twins.replace('xmlns:b="urn:u"', 'xmlns:b="urn:v"')) },
      hostile: { after: outside(twins) },
    }
  }),
  altered('attributes without a blank between them are refused', outside('<e:x xmlns:e="urn:e"a="1"/>')),
  altered('"<" in an attribute is refused', outside('<e:x xmlns:e="urn:e" a="<"/>')),
  altered('an end tag in another case is refused', outside('<e:x xmlns:e="urn:e"></e:X>')),
  altered('an end tag with more than a name is refused', outside('<e:x xmlns:e="urn:e"></e:x y>')),
  altered('a blank in an end tag, which the DOM parser misreads, is refused', (xml) =>
    xml.replace('</saml:Issuer>', '</saml:Issuer >'),
  ),
  altered('an undeclared prefix is refused', outside('<e:x/>')),
  altered('an undeclared prefix of an attribute is refused', outside('<x e:a="1"/>')),
  altered('a prefix declared away is refused', outside('<e:x xmlns:e=""/>')),
  altered('the prefix xml bound elsewhere is refused', outside('<x xmlns:xml="urn:e"/>')),
  altered('the prefix xmlns bound is refused', outside('<x xmlns:xmlns="urn:e"/>')),
  altered('a quote in a namespace name is refused', outside('<x xmlns:e="urn:&quot; ID=&quot;_assertion1"/>')),
  altered('an attribute that begins like a namespace declaration is refused', outside('<x xmlnsID="1"/>')),
  altered('a prefix that every object has is refused', outside('<constructor:x xmlns:constructor="urn:e"/>')),
  altered('an element of XHTML is refused', outside('<script xmlns="http://www.w3.org/1999/xhtml"><a></script>')),
  altered('a deeply nested message is refused', outside('<x>'.repeat(100) + '</x>'.repeat(100)), 'SAML_TOO_LARGE'),
  altered('too many elements are refused', outside('<x/>'.repeat(10_001)), 'SAML_TOO_LARGE'),
  altered(
    'too many attributes of one element are refused',
    outside(`<x ${Array.from({ length: 65 }, (_, index) => `a${index}="1"`).join(' ')}/>`),
    'SAML_TOO_LARGE',
  ),
  altered('too many comments are refused', outside('<!---->'.repeat(257)), 'SAML_TOO_LARGE'),
  altered('a huge comment is refused', outside(`<!--${' '.repeat(20_000)}-->`), 'SAML_TOO_LARGE'),
  altered('a huge attribute value is refused', outside(`<x a="${'a'.repeat(20_000)}"/>`), 'SAML_TOO_LARGE'),
  altered(
    'too many namespaces in scope are refused',
    outside(
      Array.from(
        { length: 5 },
        (_, depth) =>
          `<x ${Array.from({ length: 30 }, (_none, index) => `xmlns:n${depth}a${index}="urn:${index}"`).join(' ')}>`,
      ).join('') + '</x>'.repeat(5),
    ),
    'SAML_TOO_LARGE',
  ),
  altered(
    'too many different names of elements are refused',
    outside(Array.from({ length: 129 }, (_, index) => `<x${index}/>`).join('')),
    'SAML_TOO_LARGE',
  ),
  altered(
    'a long namespace that canonicalization would write out at each of many elements is refused',
    outside(`<x xmlns:n="urn:${'n'.repeat(16_000)}">${'<n:y/>'.repeat(70)}</x>`),
    'SAML_TOO_LARGE',
  ),
  altered('a message of 300 KiB is refused', outside(' '.repeat(300 * 1024)), 'SAML_TOO_LARGE'),
  altered('a LogoutResponse is refused', (xml) => xml.replaceAll('samlp:Response', 'samlp:LogoutResponse')),
  altered('a Response of SAML 1.1 is refused', (xml) =>
    xml.replace('urn:oasis:names:tc:SAML:2.0:protocol', 'urn:oasis:names:tc:SAML:1.0:protocol'),
  ),
]
