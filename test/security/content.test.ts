/** Answers made to slip something past the obligations, or to exhaust the gateway: refused, and nothing of them is shown. */

import assert from 'node:assert/strict'
import { after, beforeEach, describe, test } from 'node:test'
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

import { filterSeeing } from '../support/content.ts'
import { contentHouse, type Handle } from '../support/content-house.ts'
import { ask } from '../support/raw-client.ts'

const house = await contentHouse()
const { gateway } = house
after(() => house.close())

const { filter } = filterSeeing(['seen'], { everywhere: true })
const RULES = { masks: [{ names: ['pakId'], keepLast: 4 }], removals: [['secret']] }
const SECRET = 'zqxjk-WXYZ'

/** Answers with these parts, one after another. */
const answering =
  (parts: string | Buffer | readonly Buffer[], headers: Record<string, string | string[]> = {}, status = 200): Handle =>
  async (_req, res) => {
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    for (const part of Array.isArray(parts) ? parts : [parts]) await new Promise((done) => res.write(part, done))
    res.end()
  }

async function isWithheld(): Promise<void> {
  const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [502, 'NOT_FILTERABLE'])
  assert.doesNotMatch(JSON.stringify([answer, gateway.logged]), /zqxjk|WXYZ/)
}

const twice = (name: string) => `{"${name}":"x","a":1,"${name}":"${SECRET}"}`
const GZIP = { 'Content-Encoding': 'gzip' }
const BR = { 'Content-Encoding': 'br' }
const CSV = { 'Content-Type': 'text/csv' }
const LINES = { 'Content-Type': 'application/x-ndjson' }
const bomb = (bytes: number) => `["${'x'.repeat(bytes)}"]`
const many = (bytes: number) => `[${'"xxxxxxxx",'.repeat(bytes / 11)}0]`

const WITHHELD: readonly (readonly [
  name: string,
  parts: string | Buffer,
  headers?: Record<string, string | string[]>,
])[] = [
  ['a hidden name twice', twice('pakId')],
  ['a hidden name twice, once escaped', `{"secret":1,"s\\u0065cret":"${SECRET}"}`],
  ['a plain name twice', twice('n')],
  ['a name behind a byte order mark', `\uFEFF{"pakId":"${SECRET}"}`],
  ['single quotes', `{'pakId':'${SECRET}'}`],
  ['a name without quotes', `{pakId:"${SECRET}"}`],
  ['a comment', `{"a":1/*"*/,"pakId":"${SECRET}"}`],
  ['a second document', `{}{"pakId":"${SECRET}"}`],
  ['lines where one document must be', `{"a":1}\n{"pakId":"${SECRET}"}`],
  ['a prefix against script inclusion', `)]}',\n{"pakId":"${SECRET}"}`],
  ['a call of a function', `callback({"pakId":"${SECRET}"})`],
  ['a name with half a surrogate pair', `{"pak\\ud800Id":"${SECRET}"}`],
  ['UTF-16', Buffer.from(`{"pakId":"${SECRET}"}`, 'utf16le')],
  [
    'UTF-16 that is called UTF-8',
    Buffer.from(`\uFEFF{"pakId":"${SECRET}"}`, 'utf16le'),
    { 'Content-Type': 'application/json; charset=utf-8' },
  ],
  ['UTF-7', `{"+AHAAYQBrAEkAZA-":"${SECRET}"}`, { 'Content-Type': 'application/json; charset=utf-7' }],
  ['Latin-1', Buffer.from(`{"ä":"${SECRET}"}`, 'latin1')],
  [
    'an overlong quote',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xa2]), Buffer.from(`","b":"${SECRET}"}`)]),
  ],
  ['depth', `${'[{"a":'.repeat(40)}"${SECRET}"${'}]'.repeat(40)}`],
  ['no type', `{"a":"${SECRET}"}`, { 'Content-Type': [] }],
  ['two types', `{"a":"${SECRET}"}`, { 'Content-Type': ['application/json', 'text/html'] }],
  ['HTML', `<p>${SECRET}</p>`, { 'Content-Type': 'text/html' }],
  ['parts of many', SECRET, { 'Content-Type': 'multipart/mixed; boundary=x' }],
  ['a part', `{"a":"${SECRET}"}`, { 'Content-Range': 'bytes 5-10/100' }],
  ['gzip within gzip', gzipSync(gzipSync(`{"a":"${SECRET}"}`)), { 'Content-Encoding': 'gzip, gzip' }],
  ['gzip within gzip that is called gzip', gzipSync(gzipSync(`{"a":"${SECRET}"}`)), GZIP],
  ['deflate', deflateSync(`{"a":"${SECRET}"}`), { 'Content-Encoding': 'deflate' }],
  ['zstd', zstdCompressSync(`{"a":"${SECRET}"}`), { 'Content-Encoding': 'zstd' }],
  ['gzip that is not', `{"a":"${SECRET}"}`, GZIP],
  ['gzip that is not called so', gzipSync(`{"a":"${SECRET}"}`)],
  ['gzip without its end', gzipSync(`{"a":"${SECRET}"}`).subarray(0, -6), GZIP],
  ['gzip with a wrong sum', Buffer.concat([gzipSync(`{"a":"${SECRET}"}`).subarray(0, -8), Buffer.alloc(8)]), GZIP],
  ['brotli without its end', brotliCompressSync(`{"a":"${SECRET}"}`).subarray(0, -4), BR],
  ['a small gzip bomb', gzipSync(bomb(500_000)), GZIP],
  ['a gzip bomb of a value', gzipSync(bomb(100_000_000)), GZIP],
  ['a gzip bomb of values', gzipSync(many(110_000_000)), GZIP],
  ['a gzip bomb in many members', Buffer.concat(Array(500).fill(gzipSync(' '.repeat(1_000_000)))), GZIP],
  ['a brotli bomb', brotliCompressSync(bomb(100_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }), BR],
  ['a number without end', '1'.repeat(10_000_000)],
  ['a name without end', `{"${'x'.repeat(10_000_000)}":1}`],
  ['CSV with a semicolon', `a;pakId\n1;${SECRET}\n`, CSV],
  ['CSV with a tab', `a\tpakId\n1\t${SECRET}\n`, CSV],
  ['CSV that names its separator', `sep=;\na;pakId\n1;${SECRET}\n`, CSV],
  ['CSV whose quote shifts the columns', `a,pakId\n"1,${SECRET}\n2,x\n`, CSV],
  ['CSV with a short row', `a,pakId,b\n${SECRET},1\n`, CSV],
  ['CSV with a carriage return alone', `a,pakId\r1,${SECRET}\r`, CSV],
  ['CSV with a null character', `a,pakId\n1,\0${SECRET}\n`, CSV],
  ['CSV with two equal titles', `pakId,pakId\n1,${SECRET}\n`, CSV],
  ['CSV that is called JSON', `a,pakId\n1,${SECRET}\n`],
  ['CSV without titles, as it says', `1,${SECRET}\n`, { 'Content-Type': 'text/csv; header=absent' }],
  ['lines with a broken one', `{"a":1}\n{"pakId":"${SECRET}"\n`, LINES],
  ['a line over two', `{"pakId":\n"${SECRET}"}\n`, LINES],
]

describe('withheld', () => {
  beforeEach(() => void (gateway.logged as unknown[]).splice(0))

  for (const [name, parts, headers] of WITHHELD) {
    test(name, async () => {
      house.serve(answering(parts, headers), RULES)
      await isWithheld()
    })
  }

  test('UTF-8 that breaks off between two parts', async () => {
    const head = Buffer.concat([Buffer.from(`{"a":"${SECRET}`), Buffer.from([0xf0, 0x9f])])
    house.serve(answering([head, Buffer.from('x"}')]), RULES)
    await isWithheld()
  })

  for (const [name, content] of [
    ['at another place', { data: { devices: [{ deviceId: 'seen', n: SECRET }] } }],
    ['without an id', { devices: [{ n: SECRET }] }],
    ['with an id in an object', { devices: [{ deviceId: { $oid: 'seen' }, n: SECRET }] }],
    ['with two ids', { devices: [{ deviceId: 'seen', device_id: SECRET }] }],
    ['in a text', { devices: JSON.stringify([{ deviceId: SECRET }]) }],
  ] as const) {
    test(`a list of items ${name}`, async () => {
      house.serve(answering(JSON.stringify(content)), { filters: [filter] })
      await isWithheld()
    })
  }
})

describe('shown without what is hidden', () => {
  const shows = async (parts: string | readonly Buffer[], expected: string, rules = {}, headers = {}) => {
    house.serve(answering(parts, headers), { ...RULES, ...rules })
    const answer = await ask(gateway.url, '/app/x')
    assert.deepEqual([answer.status, answer.body], [200, expected])
  }

  test('names and values that come byte by byte, in parts of characters', () =>
    shows(
      Array.from(Buffer.from('{"pak\\u0049d":"ä😀-1234","secret":"x","ü":"😀"}'), (byte) => Buffer.from([byte])),
      '{"pakId":"***1234","ü":"😀"}',
    ))

  test('numbers that no computer holds, and text that looks like one', () =>
    shows(
      '[1e999999,-0,1.10,123456789012345678901234567890,"1e5"]',
      '[1e999999,-0,1.10,123456789012345678901234567890,"1e5"]',
    ))

  test('a hidden name that an object inherits, or that means something to JavaScript', () =>
    shows(
      '{"__proto__":{"secret":1,"pakId":"12345"},"constructor":{"prototype":{"secret":2}}}',
      '{"__proto__":{"pakId":"*2345"},"constructor":{"prototype":{}}}',
    ))

  test('objects under ids that are names of JavaScript', () =>
    shows(
      '{"devices":[{"deviceId":"__proto__"},{"deviceId":"toString"},{"deviceId":"seen"}]}',
      '{"devices":[{"deviceId":"seen"}]}',
      {
        filters: [filter],
      },
    ))

  test('formulas, quotes and line ends in CSV', () =>
    shows('a,"pak""Id"\r\n"=1+""1""","AB\r\n""CD"""\r\n', 'a,"pak""Id"\r\n"=1+""1""","****""CD"""\r\n', {}, CSV))

  test('a quote in CSV behind a backslash, which escapes nothing', () =>
    shows('a,pakId\n"1\\",=x1234\n', 'a,pakId\n"1\\",**1234\n', {}, CSV))
})

test('names without end are refused in the middle, and the connection breaks off', async () => {
  house.serve(answering(`{${Array.from({ length: 500_000 }, (_, at) => `"${at}":0`).join(',')}}`), RULES)
  await assert.rejects(ask(gateway.url, '/app/x'), { code: 'ECONNRESET' })
})
