import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { type ConnectionLimits, holderOf } from '../../../src/http/connection-limit.ts'
import { type Listener, openListener } from '../../../src/http/listener.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/process.ts'

const NONE: ConnectionLimits = { perAddress: 0, isExempt: () => false }

let port: number
let listener: Listener
let limits = NONE
let told: string[] = []
const opened: Socket[] = []
before(async () => {
  port = await freePort()
  listener = await openListener(
    { host: '0.0.0.0', port, tls: null },
    {
      handle: (_req, res) => void res.end('served'),
      handleUpgrade: () => {},
      handleConnect: () => {},
      handleMalformed: (_error, socket) => void socket.destroy(),
      connectionLimits: () => limits,
      connectionsLimited: (address) => void told.push(address),
    },
  )
})
afterEach(async () => {
  for (const socket of opened) socket.destroy()
  await Promise.all(opened.splice(0).map((socket) => socket.closed || once(socket, 'close')))
  await heard()
  limits = NONE
  told = []
})
after(() => listener.drain())

/** The listener hears of an end a moment after the client. */
const heard = () => delay(200)

/** A connection from an address of this machine that says nothing. */
async function open(localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  opened.push(socket)
  // It may be reset as soon as it is there.
  await once(socket, 'connect').catch(() => {})
  return socket
}

/** Whether a request on it is answered; it may be reset instead. */
async function isServed(socket: Socket): Promise<boolean> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  if (!socket.destroyed) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await eventually(() => text.endsWith('served') || socket.destroyed)
  return text.startsWith('HTTP/1.1 200 ')
}

describe('the limit of connections', () => {
  test('resets what one address opens beyond it, and keeps the place of others', async () => {
    limits = { perAddress: 20, isExempt: () => false }
    const silent = await Promise.all(Array.from({ length: 20 }, () => open()))
    for (let more = 0; more < 30; more += 1) assert.equal(await isServed(await open()), false)
    assert.equal(await isServed(await open('127.0.0.2')), true)
    for (const each of silent) assert.equal(await isServed(each), true)
    assert.deepEqual(told, ['127.0.0.1'], 'once, not for each')
  })

  test('counts the connections that are open: one that closes makes room', async () => {
    limits = { perAddress: 2, isExempt: () => false }
    const first = await open()
    await open()
    assert.equal(await isServed(await open()), false)
    first.end()
    await once(first, 'close')
    await heard()
    assert.equal(await isServed(await open()), true)
  })

  test('is not for trusted proxies, and 0 is none', async () => {
    limits = { perAddress: 1, isExempt: (address) => address === '127.0.0.3' }
    for (let more = 0; more < 5; more += 1) assert.equal(await isServed(await open('127.0.0.3')), true)
    limits = NONE
    for (let more = 0; more < 5; more += 1) assert.equal(await isServed(await open()), true)
  })
})

test('one holder is an IPv4 address, also as IPv6 writes it, or a /64', () => {
  for (const [address, holder] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
  ] as const) {
    assert.equal(holderOf(address), holder)
  }
})
