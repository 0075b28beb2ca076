/** Changes of a message as an attacker on the way can make them, and as harmless software makes them. */

import fc from 'fast-check'

/** One change of a text. */
export type Mutation = (xml: string) => string

/** Pieces that have led parsers, canonicalizers and readers apart. */
const PIECES = [
  '<!---->',
  '<!--x-->',
  '<![CDATA[x]]>',
  '<![CDATA[]]>',
  '<?x?>',
  '<x/>',
  '<x xmlns="urn:x"/>',
  '<saml:Assertion ID="_e"/>',
  '</saml:Assertion>',
  '</saml:NameID>',
  '<saml:NameID>admin@example.com</saml:NameID>',
  '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
  ' ID="_assertion1"',
  ' Id="_e"',
  ' xml:id="_e"',
  ' xmlns:saml="urn:x"',
  ' xmlns:q="urn:q"',
  ' xmlns="urn:x"',
  ' xmlns=""',
  ' xmlns:xml="urn:x"',
  ' xml:space="preserve"',
  ' xmlnsa="b"',
  ' q="1"',
  ' xmlns:q="urn:q" xmlns:r="urn:q" q:a="1" r:a="2"',
  '&#x61;',
  '&#13;',
  '&amp;',
  '&x;',
  '\r',
  '\n',
  '\t',
  ' ',
  '\u0085',
  '\u2028',
  '\u00a0',
  '\ufeff',
  '\u0000',
  'a',
  '"',
  "'",
  '>',
  '<',
  '/',
  '=',
  '#',
]

const TOKEN = /<[^>]*>|[^<]+/g
const ATTRIBUTE = /(\s)([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

/** Puts a piece anywhere, over up to thirty characters of what is there. */
const splice = fc
  .record({
    at: place,
    drop: fc.constantFrom(0, 0, 0, 1, 2, 5, 30),
    piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })),
  })
  .map(({ at, drop, piece }): Mutation => {
    return (xml) => {
      const start = Math.floor(at * xml.length)
      return xml.slice(0, start) + piece + xml.slice(start + drop)
    }
  })

/** Changes one token, a tag or a text; `kind` chooses among all, or among the tags. */
function onToken(kind: 'tag' | 'text', change: (token: string, value: number) => string): fc.Arbitrary<Mutation> {
  return fc.record({ at: place, value: place }).map(({ at, value }): Mutation => {
    return (xml) => {
      const tokens = xml.match(TOKEN) ?? []
      const fitting = tokens.flatMap((token, index) =>
        (token.startsWith('<') ? 'tag' : 'text') === kind ? [index] : [],
      )
      const chosen = fitting[Math.floor(at * fitting.length)]
      return tokens.map((token, index) => (index === chosen ? change(token, value) : token)).join('')
    }
  })
}

const pick = <Value>(values: readonly Value[], value: number): Value | undefined =>
  values[Math.floor(value * values.length)]

/** Changes that leave every reader the same message: quotes, blanks, order of attributes, references for characters. */
const harmless = fc.oneof(
  onToken('tag', (tag) => tag.replace(ATTRIBUTE, (_all, _blank, name, value) => ` ${name}='${value.slice(1, -1)}'`)),
  onToken('tag', (tag) => tag.replace(ATTRIBUTE, (_all, _blank, name, value) => `\n\t${name} = ${value}`)),
  onToken('tag', (tag) => {
    const attributes = tag.match(ATTRIBUTE) ?? []
    const bare = tag.replace(ATTRIBUTE, '')
    return bare.replace(/(?=\/?>$)/, attributes.toReversed().join(''))
  }),
  onToken('text', (text, value) => {
    const at = Math.floor(value * text.length)
    const point = text.codePointAt(at) ?? 0
    return /\s|&|;|#/.test(text[at] ?? ' ')
      ? text
      : `${text.slice(0, at)}&#x${point.toString(16)};${text.slice(at + 1)}`
  }),
  onToken('text', (text, value) => {
    const at = Math.floor(value * text.length)
    return text.includes('&') ? text : `${text.slice(0, at)}<![CDATA[${text.slice(at)}]]>`
  }),
  onToken('tag', (tag) => `<!-- c -->${tag}`),
  onToken('text', (text) => text.replaceAll('\n', '\r\n')),
)

/** Moves or copies a whole element elsewhere. */
const rearrange = fc.record({ from: place, to: place, copy: fc.boolean() }).map(({ from, to, copy }): Mutation => {
  return (xml) => {
    const starts = [...xml.matchAll(/<([\w:.-]+)[^>]*>/g)]
    const start = pick(starts, from)
    if (start === undefined) return xml
    const end = start[0].endsWith('/>')
      ? start.index + start[0].length
      : xml.indexOf(`</${start[1]}>`, start.index) + `</${start[1]}>`.length
    const element = xml.slice(start.index, end)
    const rest = copy ? xml : xml.slice(0, start.index) + xml.slice(end)
    const gaps = [...rest.matchAll(/>/g)].map(({ index }) => index + 1)
    const gap = pick(gaps, to) ?? 0
    return rest.slice(0, gap) + element + rest.slice(gap)
  }
})

/** Renames a prefix throughout, puts other names or other values into tags. */
const rewrite = fc.oneof(
  fc.constantFrom('saml', 'samlp', 'ds').map(
    (prefix): Mutation =>
      (xml) =>
        xml.replaceAll(`${prefix}:`, 'n0:').replaceAll(`xmlns:${prefix}=`, 'xmlns:n0='),
  ),
  onToken('tag', (tag, value) =>
    tag.replace(/[a-z](?=[\w]*[\s>/])/i, (letter) => (value < 0.5 ? letter.toUpperCase() : letter.toLowerCase())),
  ),
  onToken('tag', (tag) => tag.replace(/(\sID=")[^"]*/, '$1_assertion1')),
  onToken('text', (text) => text.replace(/ann/, 'eve')),
)

/** One to four changes of all kinds, most of them harmless by themselves. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: harmless },
      { weight: 3, arbitrary: splice },
      { weight: 1, arbitrary: rearrange },
      { weight: 1, arbitrary: rewrite },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(
    (changes): Mutation =>
      (xml) =>
        changes.reduce((text, change) => change(text), xml),
  )
