import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'

import {
  hear,
  poolFor,
  request,
  type ScriptedUpstream,
  scriptedUpstream,
  TRANSPORTS,
} from '../../support/scripted-upstream.ts'
import { CHUNKS, CODINGS, FIELDS, type HostileAnswer, INTERIMS, LENGTHS, STATUS_LINES, TRAILERS } from './answers.ts'

const CLASSES: readonly (readonly [name: string, answers: readonly HostileAnswer[]])[] = [
  ['the status line', STATUS_LINES],
  ['fields', FIELDS],
  ['Content-Length', LENGTHS],
  ['Transfer-Encoding', CODINGS],
  ['chunks', CHUNKS],
  ['trailers', TRAILERS],
  ['interim answers', INTERIMS],
]

/** The connection stays open: what is refused is refused for what it is. */
async function answered(upstream: ScriptedUpstream, bytes: string, { method = 'GET' }: HostileAnswer) {
  const pool = poolFor(upstream)
  upstream.play((socket) => socket.write(bytes, 'latin1'))
  const heard = await hear(pool, request({ method }))
  await pool.close()
  return heard
}

for (const transport of TRANSPORTS) {
  const upstream = await scriptedUpstream(transport)
  after(() => upstream.close())

  for (const [name, answers] of CLASSES) {
    describe(`over ${transport}, an answer is refused for ${name}:`, () => {
      for (const each of answers) {
        test(`${each.name}; its twin passes`, async () => {
          const hostile = await answered(upstream, each.hostile, each)
          assert.deepEqual([hostile.trouble, hostile.trailers], ['invalid', undefined])
          const valid = await answered(upstream, each.valid, each)
          const [status, body] = each.means ?? [200, 'hello']
          assert.deepEqual([valid.trouble, valid.status, valid.body], [undefined, status, body])
        })
      }
    })
  }
}

test('there are at least eighty of them, each with a name of its own', () => {
  const names = CLASSES.flatMap(([name, answers]) => answers.map((each) => `${name}: ${each.name}`))
  assert.ok(names.length >= 80, String(names.length))
  assert.equal(new Set(names).size, names.length)
})
