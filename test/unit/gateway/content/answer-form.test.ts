import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { AppError } from '../../../../src/core/errors.ts'
import { contentHeaders, statusHeaders } from '../../../../src/gateway/content/allowed-headers.ts'
import { answerForm } from '../../../../src/gateway/content/answer-form.ts'

const LENGTH = ['Content-Length', '2']

describe('answers whose content is read', () => {
  for (const [type, format, sent] of [
    ['application/json', 'json', 'application/json'],
    ['Application/JSON; charset=UTF-8', 'json', 'application/json'],
    ['application/json;odata.metadata=minimal;charset="utf-8"', 'json', 'application/json'],
    ['application/hal+json', 'json', 'application/hal+json'],
    ['text/json', 'json', 'text/json'],
    ['application/x-ndjson', 'ndjson', 'application/x-ndjson'],
    ['application/jsonl; charset=utf8', 'ndjson', 'application/jsonl'],
    ['text/csv', 'csv', 'text/csv; charset=utf-8'],
    ['text/csv; header=present; charset=utf-8;', 'csv', 'text/csv; charset=utf-8'],
  ] as const) {
    test(type, () =>
      assert.deepEqual(answerForm(200, ['content-type', type, ...LENGTH]), { format, type: sent, coding: null }),
    )
  }

  for (const [value, coding] of [
    ['gzip', 'gzip'],
    ['X-GZip', 'gzip'],
    ['br', 'br'],
    ['identity', null],
  ] as const) {
    test(`in the coding ${value}`, () =>
      assert.equal(answerForm(201, ['Content-Type', 'text/csv', 'Content-Encoding', value, ...LENGTH])?.coding, coding))
  }

  test('JSON without a length shows by itself that it is complete', () =>
    assert.equal(answerForm(200, ['Content-Type', 'application/json'])?.format, 'json'))

  test('of the one format that is expected', () =>
    assert.equal(answerForm(200, ['Content-Type', 'text/csv', ...LENGTH], 'csv')?.format, 'csv'))
})

describe('answers that are refused', () => {
  for (const [name, status, raw] of [
    ['no type', 200, []],
    ['an empty type', 200, ['Content-Type', '']],
    ['two types', 200, ['Content-Type', 'application/json', 'content-type', 'text/csv']],
    ['a list of types', 200, ['Content-Type', 'application/json, text/csv']],
    ['HTML', 200, ['Content-Type', 'text/html']],
    ['plain text', 200, ['Content-Type', 'text/plain']],
    ['XML', 200, ['Content-Type', 'application/xml']],
    ['parts', 200, ['Content-Type', 'multipart/mixed; boundary=json']],
    ['a sequence of texts', 200, ['Content-Type', 'application/json-seq']],
    ['an event stream', 200, ['Content-Type', 'text/event-stream']],
    ['script', 200, ['Content-Type', 'application/javascript']],
    ['Latin-1', 200, ['Content-Type', 'application/json; charset=iso-8859-1']],
    ['UTF-16', 200, ['Content-Type', 'application/json;charset="utf-16"']],
    ['UTF-8 and another', 200, ['Content-Type', 'application/json; charset=utf-8; charset=utf-7']],
    ['a parameter that cannot be read', 200, ['Content-Type', 'application/json; charset']],
    ['a table without titles', 200, ['Content-Type', 'text/csv; header=absent']],
    ['a table of unknown length', 200, ['Content-Type', 'text/csv']],
    ['lines of unknown length', 200, ['Content-Type', 'application/x-ndjson']],
    ['deflate', 200, ['Content-Type', 'application/json', 'Content-Encoding', 'deflate']],
    ['zstd', 200, ['Content-Type', 'application/json', 'Content-Encoding', 'zstd']],
    ['two codings', 200, ['Content-Type', 'application/json', 'Content-Encoding', 'gzip, br']],
    [
      'two codings in two fields',
      200,
      ['Content-Type', 'application/json', 'Content-Encoding', 'gzip', 'Content-Encoding', 'gzip'],
    ],
    ['a part that is not called one', 200, ['Content-Type', 'application/json', 'Content-Range', 'bytes 0-1/2']],
    ['a part', 206, ['Content-Type', 'application/json']],
    ['not modified', 304, []],
  ] as const) {
    test(name, () =>
      assert.throws(
        () => answerForm(status, raw),
        (error) => error instanceof AppError && error.code === 'NOT_FILTERABLE',
      ),
    )
  }

  test('another format than the one that is expected', () =>
    assert.throws(() => answerForm(200, ['Content-Type', 'text/csv', ...LENGTH], 'json'), /csv where json/))
})

test('of every other status the status alone is passed on', () => {
  for (const status of [202, 204, 301, 400, 401, 404, 409, 500, 503]) assert.equal(answerForm(status, []), undefined)
})

describe('headers', () => {
  const form = { format: 'json', coding: null, type: 'application/json' } as const
  const OWN = ['Content-Type', 'application/json', 'X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store']

  test('of content are ours, but for the few that say nothing of it', () => {
    const dropped = [
      'ETag',
      'Last-Modified',
      'Location',
      'Content-Location',
      'Link',
      'Digest',
      'Content-Digest',
      'Set-Cookie',
    ]
    const more = [
      'X-Total-Count',
      'X-Other',
      'Server',
      'Content-Length',
      'Content-Encoding',
      'Content-MD5',
      'Trailer',
      'Vary',
    ]
    const raw = [...dropped, ...more, 'Cache-Control', 'Content-Type'].flatMap((name) => [name, 'SECRET'])
    const kept = ['content-language', 'de, en', 'Access-Control-Allow-Origin', 'https://a.example']
    assert.deepEqual(contentHeaders([...raw, ...kept], form), [...OWN, ...kept])
  })

  test('a disposition keeps its kind, and loses the name of the file', () => {
    const of = (value: string) => contentHeaders(['Content-Disposition', value], form).slice(OWN.length)
    assert.deepEqual(of('attachment; filename="SECRET.csv"'), ['Content-Disposition', 'attachment'])
    assert.deepEqual(of('INLINE'), ['Content-Disposition', 'INLINE'])
    assert.deepEqual(of('SECRET'), [])
    assert.deepEqual(of('attachment-SECRET'), [])
  })

  test('of a mere status are those that it needs, where they look as they must', () => {
    const raw = [
      'Retry-After',
      '30',
      'Allow',
      'GET, HEAD',
      'WWW-Authenticate',
      'Basic realm="x"',
      'ETag',
      'x',
      'Link',
      'x',
    ]
    assert.deepEqual(statusHeaders(raw), { 'Retry-After': '30', Allow: 'GET, HEAD', 'WWW-Authenticate': 'Basic' })
    assert.deepEqual(statusHeaders(['Retry-After', 'SECRET', 'Allow', 'secret']), {})
  })
})
