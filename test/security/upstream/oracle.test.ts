/**
 * Answers made at random, honest and spoilt, read by our client and by undici: whatever ours takes undici takes too, and reads
 * the same. The one exception: an interim 100 that nobody asked for (RFC 9110 §15.2), which undici refuses, is left out.
 */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { Pool } from 'undici'
import { fc } from '../../support/properties.ts'
import { type Heard, hear, poolFor, request, scriptedUpstream } from '../../support/scripted-upstream.ts'

const upstream = await scriptedUpstream()
after(() => upstream.close())

/** One answer, in pieces; the connection ends behind it. */
function play(pieces: readonly string[]): void {
  upstream.play((socket) => {
    for (const piece of pieces) socket.write(piece, 'latin1')
    socket.end()
  })
}

type Read = Pick<Heard, 'status' | 'raw' | 'body' | 'trailers'>

async function ours(pieces: readonly string[]): Promise<Read | undefined> {
  play(pieces)
  const pool = poolFor(upstream)
  const { status, raw, body, trailers, trouble } = await hear(pool, request())
  await pool.close()
  return trouble === undefined ? { status, raw, body, trailers } : undefined
}

/** undici leaves the blanks behind a value where they are, which RFC 9110 §5.5 says are no part of it. */
function texts(raw: Buffer[] | string[] | null | undefined): string[] {
  const all = (raw ?? []).map((each) => (typeof each === 'string' ? each : each.toString('latin1')))
  return all.map((each) => each.replace(/[\t ]+$/, ''))
}

async function undicis(pieces: readonly string[]): Promise<Read | undefined> {
  play(pieces)
  const pool = new Pool(upstream.url.origin, { headersTimeout: 400, bodyTimeout: 400, maxHeaderSize: 65_536 })
  const { promise, resolve } = Promise.withResolvers<Read | undefined>()
  const read = { status: 0, raw: [] as string[], body: '' }
  pool.dispatch(
    { path: '/x', method: 'GET' },
    {
      onRequestStart() {},
      onResponseStart(controller, status) {
        Object.assign(read, { status, raw: texts(controller.rawHeaders as Buffer[]) })
      },
      onResponseData(_controller, chunk) {
        read.body += chunk.toString('latin1')
      },
      onResponseEnd: (controller) => resolve({ ...read, trailers: texts(controller.rawTrailers as Buffer[]) }),
      onResponseError: () => resolve(undefined),
    },
  )
  const heard = await promise
  await pool.destroy()
  return heard
}

const name = fc.stringMatching(/^X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
const value = fc.stringMatching(/^[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]{0,30}[\x21-\x7e\x80-\xff])?$/)
const space = fc.constantFrom('', ' ', '\t', '  \t')
const line = fc
  .tuple(name, space, value, space)
  .map(([key, before, text, behind]) => `${key}:${before}${text}${behind}\r\n`)
const lines = fc.array(line, { maxLength: 5 }).map((all) => all.join(''))
const body = fc.stringMatching(/^[\x00-\xff]{0,60}$/)
const extension = fc.constantFrom('', ';a', ';a=b', ';a="b c"')
const chunk = fc.tuple(fc.stringMatching(/^[\x00-\xff]{1,20}$/), extension)

const byLength = body.map((text) => [`Content-Length: ${text.length}\r\n`, text] as const)
const byChunks = fc.tuple(fc.array(chunk, { maxLength: 4 }), lines).map(([chunks, trailers]) => {
  const parts = chunks.map(([text, more]) => `${text.length.toString(16)}${more}\r\n${text}\r\n`)
  return ['Transfer-Encoding: chunked\r\n', `${parts.join('')}0\r\n${trailers}\r\n`] as const
})
const byEnd = body.map((text) => ['', text] as const)
const status = fc.constantFrom('200 OK', '201', '204 No Content', '304 Not Modified', '404 \xe4', '599 x', '999 ')
const interim = fc.constantFrom('', 'HTTP/1.1 102 Processing\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')

const answer = fc
  .tuple(interim, status, lines, fc.oneof(byLength, byChunks, byEnd), lines)
  .map(([before, code, some, [framing, content], others]) => {
    const isEmpty = code.startsWith('204') || code.startsWith('304')
    return `${before}HTTP/1.1 ${code}\r\n${some}${isEmpty ? '' : framing}${others}\r\n${isEmpty ? '' : content}`
  })

/** Cuts a text at any places. */
const inPieces = (text: string) =>
  fc
    .array(fc.nat(text.length), { maxLength: 6 })
    .map((places) => [0, ...places.toSorted((a, b) => a - b), text.length])
    .map((places) => places.slice(1).map((end, index) => text.slice(places[index], end)))
    .map((pieces) => pieces.filter((piece) => piece !== ''))

const SPOILS = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ';',
  ',',
  '0',
  '5',
  'a',
  'x',
  '\x7f',
  '\xa0',
  'Content-Length: 3\r\n',
]
/** An answer with something put in, taken out or put in the place of something else, once or twice. */
const spoilt = fc
  .tuple(answer, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...SPOILS), fc.nat(2)), { minLength: 1, maxLength: 2 }))
  .map(([text, changes]) =>
    changes.reduce((before, [place, put, taken]) => {
      const at = place % (before.length + 1)
      return before.slice(0, at) + (taken === 2 ? '' : put) + before.slice(at + (taken === 0 ? 0 : 1))
    }, text),
  )
  .filter((text) => !text.startsWith('HTTP/1.1 100'))

describe('an answer made at random', () => {
  test('means the same in whatever pieces it comes, and what undici reads in it', async () => {
    const cut = answer.chain((text) => inPieces(text).map((pieces) => ({ text, pieces })))
    await fc.assert(
      fc.asyncProperty(cut, async ({ text, pieces }) => {
        const read = await ours(pieces)
        assert.ok(read)
        assert.deepEqual(read, await ours([text]))
        assert.deepEqual(read, await undicis([text]))
      }),
      { numRuns: 150 },
    )
  })

  test('and spoilt is refused wherever undici refuses it, and else means the same', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(spoilt, async (text) => {
        const read = await ours([text])
        if (read === undefined) return
        taken += 1
        assert.deepEqual(read, await undicis([text]))
      }),
      { numRuns: 700 },
    )
    assert.ok(taken > 50, `${taken} were taken: too few to tell`)
  })
})
