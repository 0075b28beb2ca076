/** Hidden fields in texts that are JSON themselves, and bodies of shapes that no profile foresees: nothing forbidden is in the answer. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { contentHouse, type Handle } from '../support/content-house.ts'
import { type Answer, ask } from '../support/raw-client.ts'

const house = await contentHouse()
const { gateway } = house
after(() => house.close())

const RULES = { masks: [{ names: ['pakId'], keepLast: 4 }], removals: [['secret']] }
const FORBIDDEN = 'zqxjk'
const VALUE = `${FORBIDDEN}-1234`

async function answered(
  body: string | Buffer,
  headers: Record<string, string>,
  path = '/app/x',
  method = 'GET',
): Promise<Answer> {
  const handle: Handle = (_req, res) => res.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(body)
  house.serve(handle, RULES)
  const answer = await ask(gateway.url, path, {
    method,
    headers: { Accept: 'application/json', Range: 'bytes=0-9', 'If-None-Match': '*' },
  })
  assert.doesNotMatch(JSON.stringify([answer.body, answer.rawHeaders]), new RegExp(FORBIDDEN, 'i'))
  return answer
}

const inText = (value: unknown, times = 1): unknown => (times === 0 ? value : inText(JSON.stringify(value), times - 1))
const held = { pakId: VALUE }

const WITHHELD: Readonly<Record<string, unknown>> = {
  'JSON in a text': { data: inText(held) },
  'JSON in a text of a list, with white space': { data: [` \n${JSON.stringify(held)}`] },
  'JSON in a text in a text': { data: inText({ more: inText([held], 2) }) },
  'an escaped name in a text': { data: `{"\\u0070akId":"${VALUE}"}` },
  'lines of JSON in a text': { data: `{"a":1}\n{"PAK-ID":"${VALUE}"}` },
  'JSON behind words': { message: `created {"pakId":"${VALUE}"}` },
  'an escaped name behind words': { data: `see {"\\u0070akId":"${VALUE}"}` },
  'JSON that breaks off': { message: `{"a":[{"secret" : "${VALUE}` },
  'a removed field behind words, escaped once more': { message: `sent {\\"secret\\": \\"${VALUE}\\"}` },
}

describe('withheld', () => {
  for (const [name, content] of Object.entries(WITHHELD)) {
    test(name, async () => {
      const { status, body } = await answered(JSON.stringify(content), {})
      assert.deepEqual([status, JSON.parse(body).code], [502, 'NOT_FILTERABLE'])
    })
  }

  test('JSON in a cell of a table', async () => {
    const cell = `"${JSON.stringify(held).replaceAll('"', '""')}"`
    assert.equal((await answered(`a,b\r\n1,${cell}\r\n`, { 'Content-Type': 'text/csv' })).status, 502)
  })

  for (const type of [
    'text/plain',
    'application/octet-stream',
    'application/javascript',
    'text/html; charset=utf-8',
    'application/xml',
    'application/json-seq',
    'multipart/form-data; boundary=b',
    '*/*',
    'application/json, text/plain',
  ]) {
    test(`JSON that is called ${type}`, async () => {
      const { status, body } = await answered(JSON.stringify(held), { 'Content-Type': type })
      assert.deepEqual([status, JSON.parse(body).code], [502, 'NOT_FILTERABLE'])
    })
  }

  for (const coding of ['deflate', 'zstd', 'compress', 'br, gzip', 'gzip, identity', 'aws-chunked', 'GZIP, br']) {
    test(`content coded as ${coding}`, async () => {
      const { status } = await answered(gzipSync(brotliCompressSync(JSON.stringify(held))), {
        'Content-Encoding': coding,
      })
      assert.equal(status, 502)
    })
  }

  test('nothing at all where JSON is announced', async () => {
    for (const [body, type] of [
      ['', 'application/json'],
      ['  \n', 'application/json'],
      ['', 'text/csv'],
    ] as const) {
      assert.equal((await answered(body, { 'Content-Type': type })).status, 502, JSON.stringify([body, type]))
    }
  })
})

describe('shown without what is hidden', () => {
  const shows = async (content: string, expected: unknown, headers: Record<string, string> = {}) => {
    const { status, body } = await answered(content, headers)
    assert.deepEqual([status, JSON.parse(body)], [200, expected])
  }
  const nested = (depth: number, inner: string): string => (depth === 0 ? inner : `{"a":[${nested(depth - 1, inner)}]}`)

  test('thirty levels down, in lists of lists, beside others', async () => {
    await shows(nested(30, JSON.stringify(held)), JSON.parse(nested(30, '{"pakId":"******1234"}')))
    await shows(`[[[{"x":[[${JSON.stringify(held)}]]}]]]`, [[[{ x: [[{ pakId: '******1234' }]] }]]])
  })

  test('whatever the value is: numbers, texts like numbers, lists, objects, truth', async () => {
    for (const value of ['123456789', '-1e400', 'true', `["${VALUE}"]`, `{"x":"${VALUE}"}`, '[[]]']) {
      await shows(`{"pakId":${value},"PAK_ID ":${value.length}}`, { pakId: '****', 'PAK_ID ': '****' })
    }
    await shows('{"pakId":"0012345678"}', { pakId: '******5678' })
    await shows('{"pakId":"1234","pak id":"123","PAK.ID":"","P A K I D":null}', {
      pakId: '****',
      'pak id': '***',
      'PAK.ID': '',
      'P A K I D': null,
    })
  })

  test('names in every spelling: escapes, case, width, accents, signs between', async () => {
    const names = [
      'p\\u0061kId',
      '\\u0050AK_ID',
      'pak-id',
      'ＰＡＫＩＤ',
      'PÁKÏD',
      'pak\\u200bId',
      'pak\\tid',
      'pak/id',
      '"pakId"'.replaceAll('"', '\\"'),
    ]
    for (const name of names) {
      const { status, body } = await answered(`{"${name}":"${VALUE}","s\\u0065cret":"${VALUE}"}`, {})
      assert.deepEqual([status, Object.values(JSON.parse(body))], [200, ['******1234']], name)
    }
  })

  test('texts that only look like JSON, or speak of other fields, pass', async () => {
    const content = {
      a: '[draft] "x"',
      b: '{"other":1}',
      c: 'say "hello": no',
      d: '{not json "at" all',
      e: '["pakId"]',
    }
    await shows(JSON.stringify({ ...content, pakId: VALUE }), { ...content, pakId: '******1234' })
  })

  test('lines, and a table with a byte order mark, quotes and formulas', async () => {
    const lines = await answered(`${JSON.stringify(held)}\r\n\n${JSON.stringify({ a: [held] })}`, {
      'Content-Type': 'application/x-ndjson',
    })
    assert.equal(lines.body, '{"pakId":"******1234"}\n{"a":[{"pakId":"******1234"}]}\n')
    const table = await answered(`\uFEFFa,"Pak Id",secret\r\n"=cmd|'x'!A1","${VALUE}","${VALUE}"\r\n`, {
      'Content-Type': 'text/csv',
    })
    assert.equal(table.body, `\uFEFFa,"Pak Id"\r\n"=cmd|'x'!A1","******1234"\r\n`)
  })

  test('gzip and br, although nobody asked', async () => {
    await shows(JSON.stringify(held), { pakId: '******1234' })
    for (const [coding, compress] of [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['BR', brotliCompressSync],
    ] as const) {
      const { body } = await answered(compress(JSON.stringify(held)), { 'Content-Encoding': coding })
      assert.equal(body, '{"pakId":"******1234"}', coding)
    }
  })

  test('HEAD has no body, and no header that tells of one', async () => {
    const { status, body, headers } = await answered(
      JSON.stringify(held),
      { ETag: VALUE, 'X-Total-Count': VALUE },
      '/app/x',
      'HEAD',
    )
    assert.deepEqual(
      [status, body, headers['content-length'], headers.etag, headers['x-total-count']],
      [200, '', undefined, undefined, undefined],
    )
  })
})

test('of errors of the service, whatever their status, number and retry are passed on, and nothing of what they say', async () => {
  for (const status of [300, 301, 400, 401, 403, 404, 405, 409, 410, 412, 416, 422, 429, 451, 500, 501, 503, 599]) {
    const headers = {
      'Content-Type': 'application/problem+json',
      Location: `/${VALUE}`,
      'WWW-Authenticate': `Basic realm="${VALUE}"`,
      'X-Error': VALUE,
      Warning: `199 - "${VALUE}"`,
    }
    house.serve((_req, res) => res.writeHead(status, headers).end(JSON.stringify({ detail: VALUE, ...held })), RULES)
    const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
    assert.doesNotMatch(JSON.stringify([answer.body, answer.rawHeaders]), new RegExp(FORBIDDEN), String(status))
    assert.equal(answer.status, status === 410 ? 404 : status)
  }
})
