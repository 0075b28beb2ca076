import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { parse } from 'csv-parse/sync'

import { filterSeeing, type Rules, refused, shown } from '../../../support/content.ts'
import { fc } from '../../../support/properties.ts'

const format = 'csv' as const

async function shows(rules: Rules, content: string, expected: string): Promise<void> {
  for (const partBytes of [65_536, 1, 2, 5]) assert.equal(await shown(content, { rules, format, partBytes }), expected)
}

const HIDING: Rules = { masks: [{ names: ['pakId'], keepLast: 4 }], removals: [['secret']] }

describe('tables that are taken', () => {
  for (const [name, content, expected = content] of [
    ['plain', 'a,b\r\n1,2\r\n'],
    ['with LF alone, and no end of the last row', 'a,b\n1,2\n3,4'],
    ['quotes, delimiters and line ends in quoted cells', 'a,"b"\r\n"1,""2""","x\r\ny\nz"\r\n'],
    ['empty cells', 'a,b,c\n,,\n"","",""\n'],
    ['spaces are part of a cell', ' a , b\n 1 , 2 \n'],
    ['formulas pass, they are the reader’s business', 'a,b\n=1+2,@x\n'],
    ['titles alone', 'a,b'],
    ['colons and line ends in titles of nothing hidden', 'a: x,b^2!,"c\nd"\n1,2,3\n'],
    ['all planes of Unicode', 'ä,😀\nü,€\n'],
    ['a byte order mark', '\uFEFFa,b\n1,2\n'],
    ['one column, with an empty row', 'a\n\n1\n'],
  ] as const) {
    test(name, () => shows({}, content, expected))
  }

  test('another delimiter', () =>
    shows(
      { ...HIDING, csv: { delimiter: ';', titles: null } },
      'a;pakId\n"x;y";AAAA-1234\n1,5;\n',
      'a;pakId\n"x;y";*****1234\n1,5;\n',
    ))
})

describe('columns', () => {
  test('are masked and removed by their folded titles, quoted or not', () =>
    shows(
      HIDING,
      'Secret,"PAK ID",name,SECRET_\r\nx,AAAA-1234,"a,b",y\r\n"x\r\n""x","AA""A-1""34",c,\r\n',
      '"PAK ID",name\r\n*****1234,"a,b"\r\n"*****1""34",c\r\n',
    ))

  test('are masked whole when they are short, also formulas', () =>
    shows(HIDING, 'pakId\nABCD\n=cmd\n=cmd|calc\n""\n', 'pakId\n****\n****\n*****calc\n""\n'))

  test('a cell that needs quotes after masking gets them', () =>
    shows({ masks: [{ names: ['a'], keepLast: 2 }] }, 'a,b\n"xy,z",1\n', 'a,b\n"**,z",1\n'))

  test('may all be gone', () => shows({ removals: [['a'], ['b']] }, 'a,b\n1,2\n', ''))

  test('are checked against the titles that may be there', async () => {
    const rules: Rules = { ...HIDING, csv: { delimiter: ',', titles: ['PAK id', 'name'] } }
    await shows(rules, 'name,pakId\nx,ABCDE\n', 'name,pakId\nx,*BCDE\n')
    await refused('x,SECRET-1\ny,SECRET-2\n', { rules, format }, /unknown title/)
  })
})

describe('rows', () => {
  const { filter, asked } = filterSeeing(['1', 'b'])

  test('are left out by the column that holds the ids', async () => {
    await shows({ filters: [filter] }, 'n,Device ID\n1,a\n2,"b"\n3,1\n4,c', 'n,Device ID\n2,"b"\n3,1\n')
    assert.deepEqual(asked.at(-1), ['a', 'b', '1', 'c'])
  })

  for (const [name, content, detail] of [
    ['without the column', 'n,x\n1,2\n', /column of ids/],
    ['with two such columns', 'deviceId,device_id\n1,1\n', /column of ids/],
    ['with a row without an id', 'deviceId,n\n,1\n', /without an id/],
  ] as const) {
    test(`a table ${name} is refused`, () => refused(content, { rules: { filters: [filter] }, format }, detail))
  }
})

describe('tables that are refused', () => {
  for (const [name, content, detail] of [
    ['nothing', '', /titles/],
    ['a byte order mark alone', '\uFEFF', /titles/],
    ['two columns of one title', 'SECRET,SECRET\n1,2\n', /one title/],
    ['a column without a title', 'a,\n1,2\n', /without a title/],
    ['an empty first row', '\na,b\n', /without a title/],
    ['semicolons where commas must be', 'a;pakId\n1;SECRET\n', /delimiter/],
    ['tabs where commas must be', 'a\tpakId\n1\tSECRET\n', /delimiter/],
    ['colons where commas must be', 'a:pakId\n1:SECRET\n', /delimiter/],
    ['circumflexes where commas must be', 'a^SECRET^b\n1^SECRET^2\n', /delimiter/],
    ['units of control characters', 'a\u001fpakId\n1\u001fSECRET\n', /delimiter/],
    ['a line that names the separator', 'sep=;\na;b\n', /delimiter/],
    ['a comma in a title', '"a,pakId"\n1\n', /delimiter/],
    ['a row that is too short', 'a,pakId\nSECRET\n', /another length/],
    ['a row that is too long', 'a,pakId\n1,2,SECRET\n', /another length/],
    ['an empty row', 'a,b\n1,2\n\n', /another length/],
    ['a quote inside a cell', 'a,b\n1,x"y"\n', /quote/],
    ['a space before a quote', 'a,b\n1, "y"\n', /quote/],
    ['text behind a quoted cell', 'a,b\n1,"y"x\n', /behind/],
    ['a space behind a quoted cell', 'a,b\n1,"y" \n', /behind/],
    ['a quote that is never closed', 'a,b\n1,"SECRET\n2,3\n', /never closed/],
    ['a backslash before a quote', 'a,b\n1,"x\\"y"\n', /behind/],
    ['a carriage return alone', 'a,b\r1,2\r', /carriage/],
    ['a carriage return at the end', 'a,b\r\n1,2\r', /carriage/],
    ['a null character', 'a,b\n1,\u0000\n', /null/],
    ['a null character in quotes', 'a,b\n1,"\u0000"\n', /null/],
    ['a row of 5 MiB', `a,b\n1,"${'x'.repeat(5_242_880)}"\n`, /too long/],
    ['a row of commas', `a,b\n${','.repeat(20_000)}`, /too many/],
  ] as const) {
    test(name, async () => {
      await refused(content, { rules: HIDING, format }, detail)
      if (content.length < 1000) await refused(content, { rules: HIDING, format, partBytes: 1 }, detail)
    })
  }
})

test('another reader finds in the shown table all cells but the hidden ones, whatever is in them', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ';', ' ', '=', 'ä', '😀', '*') })
  const row = fc.tuple(cell, cell, cell)
  const quote = (value: string) => `"${value.replaceAll('"', '""')}"`
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.integer({ min: 1, max: 9 }), async (rows, partBytes) => {
      const content = [['n', 'secret', 'pakId'], ...rows].map((cells) => cells.map(quote).join(',')).join('\r\n')
      const out = await shown(content, { rules: HIDING, format, partBytes })
      const read: string[][] = parse(out, { record_delimiter: '\r\n' })
      assert.deepEqual(read[0], ['n', 'pakId'])
      assert.equal(read.length, rows.length + 1)
      for (const [index, [n, , pakId]] of rows.entries()) {
        const points = Array.from(pakId)
        const kept = points.length > 4 ? points.slice(-4).join('') : ''
        assert.deepEqual(read[index + 1], [n, '*'.repeat(points.length - Array.from(kept).length) + kept])
      }
    }),
  )
})
