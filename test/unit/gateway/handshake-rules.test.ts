/** A request is judged as a WebSocket handshake where it is forwarded as one, and nowhere else. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'

import { echoUpstream } from '../../support/echo-upstream.ts'
import { service, testGateway } from '../../support/gateway.ts'
import { ask } from '../../support/raw-client.ts'
import { KEY, openWebSocket, webSocketUpstream } from '../../support/websocket.ts'

const sockets = await webSocketUpstream()
const pages = await echoUpstream()
const rules = [
  { methods: ['GET', 'POST', 'DELETE'], path: '/kept/**', roles: ['administrator'] },
  { methods: ['WEBSOCKET'], path: '/page', roles: ['administrator'] },
  { path: '/**', roles: [] },
]
const gateway = await testGateway({
  services: [
    service({ upstream: [pages.url], settings: { rules } }),
    service({ id: 'chat', match: { path: '/chat/', host: null }, upstream: [sockets.url], settings: { rules } }),
  ],
})
after(() => Promise.all([gateway.close(), sockets.close(), pages.close()]))

const SIGNED_IN = { Cookie: gateway.cookie, Origin: 'https://gw.test' }

describe('a rule for a method is not got around by', () => {
  for (const [name, headers] of [
    ['an Upgrade field alone', { Upgrade: 'websocket' }],
    ['an Upgrade field with more in it', { Upgrade: 'x, WebSocket' }],
    ['the key of a handshake', { 'Sec-WebSocket-Key': KEY }],
    ['all of a handshake but its Connection field', { Upgrade: 'websocket', 'Sec-WebSocket-Key': KEY }],
  ] as const) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      test(`${name}: ${method}`, async () => {
        const sent = { method, headers: { ...SIGNED_IN, ...headers } }
        const seen = pages.seen.length
        const refused = await ask(gateway.url, '/app/kept/x', sent)
        assert.deepEqual([refused.status, JSON.parse(refused.body).code], [403, 'ROLE_MISSING'])
        assert.equal(pages.seen.length, seen)
        assert.equal((await ask(gateway.url, '/app/x', sent)).status, 200)
      })
    }
  }
})

test('a handshake is judged by the rules for handshakes alone', async () => {
  const opened = await openWebSocket(gateway.port, '/chat/kept/x', { headers: SIGNED_IN })
  opened.socket.destroy()
  const refused = await openWebSocket(gateway.port, '/chat/page', { headers: SIGNED_IN })
  assert.deepEqual([opened.status, refused.status], [101, 403])
})
