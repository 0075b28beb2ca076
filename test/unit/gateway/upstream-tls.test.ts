import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'

import type { KeyPair, ServiceConfig } from '../../../src/config/config.ts'
import { service, type TestGateway, testGateway } from '../../support/gateway.ts'
import { ask } from '../../support/raw-client.ts'

let certificate: KeyPair
let server: Server
let port: number
let gateway: TestGateway
let names: (string | false | null | undefined)[] = []
const warnings: string[] = []
const note = (warning: Error) => void warnings.push(warning.message)

before(async () => {
  const made = await generate([{ name: 'commonName', value: 'licences.internal' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'licences.internal' },
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  certificate = { key: made.private, cert: made.cert }
  server = createServer(certificate, (req, res) => {
    names.push((req.socket as TLSSocket).servername)
    res.end(String(req.headers.host))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  process.on('warning', note)
  gateway = await testGateway({ services: services() })
})
after(async () => {
  process.off('warning', note)
  await gateway.close()
  server.closeAllConnections()
  server.close()
})

const CASES: readonly (readonly [
  id: string,
  host: string,
  tls: Partial<ServiceConfig['upstreamTls']>,
  status: number,
])[] = [
  ['own-authority', 'localhost', { ca: 'own' }, 200],
  ['unknown-authority', 'localhost', {}, 502],
  ['not-verified', 'localhost', { verify: false }, 200],
  ['other-name', 'localhost', { ca: 'own', serverName: 'licences.internal' }, 200],
  ['wrong-name', 'localhost', { ca: 'own', serverName: 'other.internal' }, 502],
  ['wrong-name-not-verified', 'localhost', { verify: false, serverName: 'other.internal' }, 200],
  ['address', '127.0.0.1', { ca: 'own' }, 200],
]

function services(): readonly ServiceConfig[] {
  return CASES.flatMap(([id, host, { ca, ...tls }]) =>
    [false, true].map((preserveHost) =>
      service({
        id: preserveHost ? `${id}-kept` : id,
        match: { path: preserveHost ? `/${id}-kept/` : `/${id}/`, host: null },
        access: 'public',
        upstream: [`https://${host}:${port}`],
        preserveHost,
        upstreamTls: { serverName: null, verify: true, ...tls, ca: ca === undefined ? null : certificate.cert },
      }),
    ),
  )
}

describe('an upstream under TLS', () => {
  for (const [id, host, { serverName }, status] of CASES) {
    test(`${id}: ${status}, whatever Host is forwarded`, async () => {
      names = []
      for (const path of [`/${id}/`, `/${id}-kept/`]) {
        const answer = await ask(gateway.url, path)
        assert.equal(answer.status, status, answer.body)
      }
      if (status !== 200) return assert.deepEqual(names, [])
      const name = serverName ?? (host === 'localhost' ? host : false)
      assert.deepEqual(names, [name, name])
    })
  }

  test('nothing of it is warned about', () => {
    assert.deepEqual(
      warnings.filter((each) => !each.includes('NODE_TLS_REJECT_UNAUTHORIZED')),
      [],
    )
  })
})
