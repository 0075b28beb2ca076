import assert from 'node:assert/strict'
import { test } from 'node:test'

import { passesOriginRule } from '../../../src/http/origin-rule.ts'

const CASES: readonly (readonly [method: string, headers: Record<string, string>, passes: boolean])[] = [
  ['GET', { origin: 'https://evil.test' }, true],
  ['HEAD', { 'sec-fetch-site': 'cross-site' }, true],
  ['OPTIONS', { origin: 'https://evil.test' }, true],
  ['POST', {}, true],
  ['POST', { origin: 'https://gw.test' }, true],
  ['POST', { origin: 'https://friend.test' }, true],
  ['POST', { origin: 'https://evil.test' }, false],
  ['POST', { origin: 'null' }, false],
  ['POST', { origin: '' }, false],
  ['POST', { origin: 'http://gw.test' }, false],
  ['POST', { origin: 'https://gw.test:444' }, false],
  ['POST', { origin: 'https://gw.test, https://evil.test' }, false],
  ['POST', { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' }, false],
  ['POST', { 'sec-fetch-site': 'same-origin' }, true],
  ['POST', { 'sec-fetch-site': 'none' }, true],
  ['POST', { 'sec-fetch-site': 'same-site' }, false],
  ['DELETE', { 'sec-fetch-site': 'cross-site' }, false],
  ['PUT', { origin: 'https://evil.test' }, false],
  ['GET', { upgrade: 'websocket', origin: 'https://evil.test' }, false],
  ['GET', { upgrade: 'WebSocket', origin: 'https://gw.test' }, true],
]

for (const [method, headers, passes] of CASES) {
  test(`${method} with ${JSON.stringify(headers)} ${passes ? 'passes' : 'is refused'}`, () => {
    const allowedOrigins = ['https://friend.test']
    assert.equal(passesOriginRule({ method, headers, ownOrigin: 'https://gw.test', allowedOrigins }), passes)
  })
}
