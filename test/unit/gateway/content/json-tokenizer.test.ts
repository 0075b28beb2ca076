import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { refused, shown } from '../../../support/content.ts'
import { fc } from '../../../support/properties.ts'

const rules = {}
const ACCEPTED: readonly (readonly [name: string, content: string, expected?: string])[] = [
  ['every kind of value', '{"a":[1,"x",true,false,null,{},[]]}'],
  ['white space, taken out', ' \t\r\n{ "a" : [ 1 , 2 ] }\n', '{"a":[1,2]}'],
  ['a lone number', '-0'],
  ['a lone string', '"x"'],
  ['numbers to the letter', '[1.50,1E400,-0.0e-0,123456789012345678901234567890,1e+2,0]'],
  ['text that looks like a number', '["007","1e5","0x1"]'],
  ['escapes, written anew', '"\\u0041\\/\\u00e4\\n\\ud83d\\ude00\\u0000"', '"A/ä\\n😀\\u0000"'],
  ['escapes of a name', '{"\\u0061":1}', '{"a":1}'],
  ['all planes of Unicode', '"ä€😀\u2028\uFEFF"'],
  ['names that differ by case alone', '{"a":1,"A":2}'],
  ['the same name in other objects', '{"a":{"a":[{"a":1},{"a":2}]}}'],
  [
    'many names, again and again',
    JSON.stringify(
      Array(3).fill(Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`n${at}`, { n1400: at }]))),
    ),
  ],
  ['names that objects inherit', '{"__proto__":1,"constructor":2}'],
  ['64 levels', `${'['.repeat(64)}${']'.repeat(64)}`],
]

const REFUSED: readonly (readonly [name: string, content: string | Buffer, detail: RegExp])[] = [
  ['nothing', '', /the end/],
  ['white space alone', ' \n', /the end/],
  ['a second value', '{} {}', /nothing more/],
  ['text behind the value', '[] x', /nothing more/],
  ['a missing end', '{"a":[1,2]', /the end/],
  ['a missing quote', '["a', /the end/],
  ['the wrong bracket', '[1}', /}/],
  ['a bracket too many', '[]]', /nothing more|]/],
  ['a comma at the end of a list', '[1,]', /value/],
  ['a comma at the end of an object', '{"a":1,}', /name/],
  ['a comma at the beginning', '[,1]', /comma/],
  ['two commas', '[1,,2]', /comma/],
  ['a missing comma', '[1 2]', /something/],
  ['a missing colon', '{"a" 1}', /:/],
  ['a missing value', '{"a":}', /value/],
  ['a missing name', '{1:2}', /name/],
  ['a comment', '[1/*x*/]', /unknown/],
  ['single quotes', "{'a':1}", /unknown/],
  ['a name without quotes', '{a:1}', /something/],
  ['a leading zero', '01', /unknown/],
  ['a leading plus', '+1', /unknown/],
  ['a point without digits', '1.', /unknown/],
  ['a number without its integer', '.5', /unknown/],
  ['an exponent without digits', '1e', /unknown/],
  ['not a number', 'NaN', /unknown/],
  ['infinity', '-Infinity', /unknown/],
  ['hexadecimal', '0x10', /unknown/],
  ['a literal in capitals', 'True', /unknown/],
  ['a literal that goes on', 'nulll', /unknown/],
  ['white space of another kind', '[1,\u00a02]', /unknown/],
  ['a byte order mark', '\uFEFF{}', /unknown/],
  ['a control character', '"a\u0001"', /control/],
  ['a line break in a string', '"a\nb"', /control/],
  ['a bad escape', '"\\x41"', /escape/],
  ['a short escape', '"\\u12"', /escape/],
  ['a control character behind a backslash', '"\\\n"', /escape/],
  ['half of a pair, the first', '"\\ud83d"', /surrogate/],
  ['half of a pair, the second', '"\\ude00\\ud83d"', /surrogate/],
  ['half of a pair in a name', '{"\\ud83d":1}', /surrogate/],
  ['a name twice', '{"SECRET":1,"b":2,"SECRET":3}', /twice/],
  ['a name twice, once escaped', '{"a":1,"\\u0061":2}', /twice/],
  [
    'a name twice, behind a thousand others',
    `{"a":1,${Array.from({ length: 2000 }, (_, at) => `"n${at}":0,`).join('')}"n1500":1}`,
    /twice/,
  ],
  ['a long name twice', `{"${'x'.repeat(300)}":1,"${'x'.repeat(300)}":1}`, /twice/],
  ['names of more than 4 MiB', `{${Array.from({ length: 300_000 }, (_, at) => `"n${at}":0`).join(',')}}`, /too many/],
  ['a name twice in a deep object', '[[{"x":{"a":1,"a":1}}]]', /twice/],
  ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, /deeper/],
  ['65 levels of objects', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, /deeper/],
  ['a million levels', '['.repeat(1_000_000), /deeper/],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  ['an overlong character', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /UTF-8/],
  ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/],
  ['half a character at the end', Buffer.from([0x22, 0x22, 0xc3]), /UTF-8/],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), /unknown/],
  ['a string of 5 MiB', `["${'x'.repeat(5_242_880)}"]`, /too long/],
  ['a number of 5 MiB', `[${'1'.repeat(5_242_880)}]`, /too long/],
]

describe('JSON that is taken', () => {
  for (const [name, content, expected = content] of ACCEPTED) {
    test(name, async () => {
      for (const partBytes of content.length > 10_000 ? [65_536] : [65_536, 1, 2, 3, 5])
        assert.equal(await shown(content, { rules, partBytes }), expected)
    })
  }

  test('every value, however it is written, cut and escaped, is shown as the same value', async () => {
    const units = (text: string) =>
      Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
    const escaped = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/g, (each) => `"${units(JSON.parse(each))}"`)
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 6 }),
        fc.constantFrom(0, 1, '\t'),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (value, indent, isEscaped, partBytes) => {
          const json = JSON.stringify(value, null, indent)
          const out = await shown(isEscaped ? escaped(json) : json, { rules, partBytes })
          assert.deepEqual(JSON.parse(out), JSON.parse(json))
        },
      ),
    )
  })

  test('what is taken is JSON: after any change to a text, it is refused or means what JSON.parse reads in it', async () => {
    const sample = '{"a":[1,-2.5e3,"x\\u00e4\\\\"],"b":{"c":null,"d":[true,false]},"":0}'
    const change = fc.record({
      at: fc.nat(sample.length),
      take: fc.nat(3),
      put: fc.oneof(fc.constantFrom(...'{}[]":,\\u0123eE+-. \n\u0000ätrue'), fc.string({ maxLength: 2 })),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let text = sample
        for (const { at, take, put } of changes) text = text.slice(0, at) + put + text.slice(at + take)
        const out = await shown(text, { rules, partBytes: 7 }).catch(() => undefined)
        if (out !== undefined) assert.deepEqual(JSON.parse(out), JSON.parse(Buffer.from(text).toString()))
      }),
      { numRuns: 500 },
    )
  })
})

describe('JSON that is refused', () => {
  for (const [name, content, detail] of REFUSED) {
    test(name, async () => {
      await refused(content, { rules }, detail)
      if (content.length < 1000) for (const partBytes of [1, 2, 3]) await refused(content, { rules, partBytes }, detail)
    })
  }

  test('a long string that comes byte by byte takes about as long as many short ones', async () => {
    const time = async (content: string) => {
      const started = performance.now()
      assert.equal(await shown(content, { rules, partBytes: 1 }), content)
      return performance.now() - started
    }
    const short = await time(`[${'"xxxxxx",'.repeat(10_000)}1]`)
    assert.ok((await time(`["${'x'.repeat(90_000)}"]`)) < 5 * short)
  })
})

describe('NDJSON', () => {
  const given = { rules, format: 'ndjson' as const }
  test('is one value per line, whatever its line ends, and empty lines go', async () => {
    const content = '{"a":1}\r\n\n [2] \n"x"\n3'
    for (const partBytes of [1, 2, 100])
      assert.equal(await shown(content, { ...given, partBytes }), '{"a":1}\n[2]\n"x"\n3\n')
  })

  test('may be empty', async () => {
    assert.equal(await shown('', given), '')
    assert.equal(await shown('\n', given), '')
  })

  for (const [name, content] of [
    ['two values on a line', '{} {}\n'],
    ['a value over two lines', '{"a":\n1}\n'],
    ['a broken last line', '{}\n{"a":1'],
    ['a comma between lines', '{},\n{}'],
    ['a name twice', '{"a":1,"a":2}\n'],
  ] as const) {
    test(`${name} is refused`, () => refused(content, given))
  }
})
