import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'

import { clientReader } from '../../../src/gateway/client-address.ts'

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers: { host: 'GW.test', ...headers } } as unknown as IncomingMessage
}

const trusting = clientReader({ trustedProxies: ['10.0.0.0/8', '2001:db8::1', '127.0.0.1'] })

const CASES: readonly (readonly [peer: string, forwarded: string | undefined, address: string])[] = [
  ['10.0.0.2', undefined, '10.0.0.2'],
  ['10.0.0.2', '192.0.2.1', '192.0.2.1'],
  ['10.0.0.2', '6.6.6.6, 192.0.2.1, 10.1.1.1', '192.0.2.1'],
  ['10.0.0.2', '10.3.3.3, 10.1.1.1', '10.3.3.3'],
  ['10.0.0.2', '6.6.6.6, unknown, 10.1.1.1', '10.1.1.1'],
  ['10.0.0.2', '192.0.2.1:4711', '192.0.2.1'],
  ['10.0.0.2', '[2001:db8::9]:80', '2001:db8::9'],
  ['::ffff:10.0.0.2', '::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '192.0.2.1', '192.0.2.1'],
  ['192.0.2.9', '127.0.0.1', '192.0.2.9'],
  ['', '127.0.0.1', ''],
]

for (const [peer, forwarded, address] of CASES) {
  test(`from ${peer || 'nowhere'} with X-Forwarded-For ${forwarded ?? 'absent'} the client is ${address || 'unknown'}`, () => {
    assert.equal(
      trusting(request(peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })).address,
      address,
    )
  })
}

test('scheme and host count from a trusted proxy, the last value of several', () => {
  const headers = { 'x-forwarded-proto': 'http, HTTPS', 'x-forwarded-host': 'evil.test, Pub.test' }
  assert.deepEqual(trusting(request('10.0.0.2', headers)), {
    peer: '10.0.0.2',
    trusted: true,
    address: '10.0.0.2',
    scheme: 'https',
    host: 'pub.test',
  })
  assert.deepEqual(trusting(request('192.0.2.9', headers)), {
    peer: '192.0.2.9',
    trusted: false,
    address: '192.0.2.9',
    scheme: null,
    host: 'gw.test',
  })
})

test('without trusted proxies nobody is trusted', () => {
  assert.equal(
    clientReader({ trustedProxies: [] })(request('127.0.0.1', { 'x-forwarded-for': '1.2.3.4' })).address,
    '127.0.0.1',
  )
})
