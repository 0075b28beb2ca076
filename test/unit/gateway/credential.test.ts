import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'

import type { KeyPair, UpstreamCredential } from '../../../src/config/config.ts'
import { type Clock, instant } from '../../../src/core/time.ts'
import { listen } from '../../support/echo-upstream.ts'
import { service, type TestGateway, testGateway } from '../../support/gateway.ts'

interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

interface Seen {
  readonly url: string
  readonly authorization: string | undefined
  readonly body: string
}

/** What the service answers, request by request; 200 beyond. */
let answers: number[] = []
let seen: Seen[] = []
const opened: { close(): unknown }[] = []
after(() => Promise.all(opened.map((each) => each.close())))
beforeEach(() => {
  answers = []
  seen = []
})

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req.setEncoding('latin1')) text += chunk
  return text
}

async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = await bodyOf(req)
  seen.push({ url: req.url ?? '', authorization: req.headers.authorization, body })
  res.statusCode = answers.shift() ?? 200
  if (res.statusCode === 401) res.setHeader('WWW-Authenticate', 'Basic realm="inner"')
  res.end(`said ${res.statusCode}`)
}

async function openService(handle: (req: IncomingMessage, res: ServerResponse) => void = respond): Promise<string> {
  const server = createServer(handle)
  opened.push({ close: () => stop(server) })
  return listen(server)
}

function stop(server: Pick<Server, 'close' | 'closeAllConnections'>): void {
  server.closeAllConnections()
  server.close()
}

interface Options {
  readonly passAuthorization?: boolean
  readonly clock?: Clock
  readonly ca?: string
}

async function open(credential: UpstreamCredential, upstream: string, options: Options = {}): Promise<TestGateway> {
  const { passAuthorization = true, clock, ca = null } = options
  const gateway = await testGateway({
    services: [
      service({
        access: 'public',
        upstream: [upstream],
        credential,
        passAuthorization,
        upstreamTls: { ca, serverName: null, verify: true },
      }),
    ],
    ...(clock === undefined ? {} : { clock }),
  })
  opened.push(gateway)
  return gateway
}

/** The parts of a body are sent one after another, chunked when there are several. */
async function ask(gateway: TestGateway, method = 'GET', ...parts: readonly string[]): Promise<Answer> {
  const sent = request(`${gateway.url}/app/x`, {
    method,
    agent: false,
    headers: {
      Host: 'gw.test',
      Authorization: 'Basic Y2xpZW50OmhpbQ==',
      ...(parts.length === 1 ? { 'Content-Length': parts[0]?.length } : {}),
    },
  })
  const answered = once(sent, 'response')
  for (const part of parts) {
    sent.write(part, 'latin1')
    if (parts.length > 1) await delay(20)
  }
  sent.end()
  const [answer] = await answered
  sent.on('error', () => {})
  return { status: answer.statusCode, text: await bodyOf(answer), headers: answer.headers }
}

const BASIC = { type: 'basic', username: 'gate', password: 'pä:ss' } as const
const BASIC_VALUE = `Basic ${Buffer.from('gate:pä:ss').toString('base64')}`

describe('the credential of a service', () => {
  for (const [credential, value] of [
    [BASIC, BASIC_VALUE],
    [{ type: 'bearer', token: 'abc.def' }, 'Bearer abc.def'],
  ] as const) {
    test(`${credential.type} replaces what the client sends, also with passAuthorization`, async () => {
      for (const passAuthorization of [true, false]) {
        const gateway = await open(credential, await openService(), { passAuthorization })
        assert.equal((await ask(gateway)).status, 200)
        assert.equal(seen.at(-1)?.authorization, value)
      }
    })
  }

  test('G-5: is not logged, whatever the service says', async () => {
    const gateway = await open(BASIC, await openService())
    answers = [401, 401]
    await ask(gateway)
    assert.doesNotMatch(JSON.stringify(gateway.logged), /pä|Z2F0ZTpw/)
  })
})

describe('a 401 to the credential', () => {
  const BODY = 'x'.repeat(65_536)

  test('G-5: is asked once more, without body and with one of 64 KiB', async () => {
    const gateway = await open(BASIC, await openService())
    for (const [method, ...body] of [['GET'], ['POST', 'short'], ['PUT', BODY]] as const) {
      seen = []
      answers = [401]
      const { status, text } = await ask(gateway, method, ...body)
      assert.deepEqual([status, text], [200, 'said 200'])
      assert.deepEqual(
        seen.map((each) => each.body),
        Array(2).fill(body.join('')),
      )
    }
  })

  test('is asked once more with a chunked body that comes in parts', async () => {
    const gateway = await open(BASIC, await openService())
    answers = [401]
    assert.equal((await ask(gateway, 'POST', 'one', 'two')).status, 200)
    assert.deepEqual(
      seen.map(({ body }) => body),
      ['onetwo', 'onetwo'],
    )
  })

  test('that comes before the body is asked once more with all of it', async () => {
    let count = 0
    const upstream = await openService((req, res) => {
      count += 1
      if (count > 1) void respond(req, res)
      else res.writeHead(401).end()
    })
    const gateway = await open(BASIC, upstream)
    assert.equal((await ask(gateway, 'POST', BODY)).status, 200)
    assert.equal(seen[0]?.body, BODY)
  })

  test('ends with CREDENTIAL_REFUSED when it comes again, or behind a longer body; it never reaches the browser', async () => {
    const gateway = await open(BASIC, await openService())
    for (const [times, ...said] of [
      [2, 'GET'],
      [1, 'POST', `${BODY}x`],
    ] as const) {
      seen = []
      answers = [401, 401]
      const { status, text, headers } = await ask(gateway, ...said)
      assert.equal(status, 502)
      assert.match(text, /CREDENTIAL_REFUSED/)
      assert.equal(headers['www-authenticate'], undefined)
      assert.equal(seen.length, times)
    }
  })

  test('passes where the service has no credential', async () => {
    const gateway = await open({ type: 'none' }, await openService())
    answers = [401]
    const { status, headers } = await ask(gateway)
    assert.equal(status, 401)
    assert.equal(headers['www-authenticate'], 'Basic realm="inner"')
    assert.equal(seen[0]?.authorization, 'Basic Y2xpZW50OmhpbQ==')
  })
})

describe('a FlexNet licence server', () => {
  const CREDENTIAL = {
    type: 'flexnet-authorize',
    username: 'gate',
    password: 'secret',
    authorizePath: '/api/1.0/instances/~/authorize',
  } as const
  let now = 1_800_000_000_000
  const clock: Clock = { now: () => instant(now) }
  let given = 0
  let authorization: (res: ServerResponse) => void
  beforeEach(() => {
    given = 0
    authorization = (res) => {
      given += 1
      res.end(JSON.stringify({ token: `t${given}`, expires: new Date(now + 600_000).toISOString() }))
    }
  })

  async function openLicenceServer(): Promise<TestGateway> {
    const upstream = await openService(async (req, res) => {
      if (req.url !== `/base${CREDENTIAL.authorizePath}`) return respond(req, res)
      assert.deepEqual(JSON.parse(await bodyOf(req)), { user: 'gate', password: 'secret' })
      assert.equal(req.method, 'POST')
      authorization(res)
    })
    return open(CREDENTIAL, `${upstream}/base`, { clock })
  }
  const tokens = () => seen.map((each) => each.authorization)

  test('G-5: gives a token that is used until a minute before it expires, then renewed', async () => {
    const gateway = await openLicenceServer()
    await Promise.all([ask(gateway), ask(gateway), ask(gateway)])
    now += 539_000
    await ask(gateway)
    now += 1000
    await ask(gateway)
    assert.deepEqual(tokens(), [...Array(4).fill('Bearer t1'), 'Bearer t2'])
  })

  test('G-5: that does not take a token any more is asked for another, once', async () => {
    const gateway = await openLicenceServer()
    answers = [200, 401]
    assert.equal((await ask(gateway)).status, 200)
    assert.equal((await ask(gateway, 'POST', 'b')).status, 200)
    assert.deepEqual(tokens(), ['Bearer t1', 'Bearer t1', 'Bearer t2'])
  })

  test('that gives none leads to 502, and the service sees no request', async () => {
    const gateway = await openLicenceServer()
    for (const [answer, code] of [
      [(res: ServerResponse) => res.writeHead(401).end('no'), /CREDENTIAL_REFUSED/],
      [(res: ServerResponse) => res.end('{"token":"a b","expires":1}'), /UPSTREAM_INVALID/],
      [(res: ServerResponse) => res.end('{"token":"a","expires":"soon"}'), /UPSTREAM_INVALID/],
      [(res: ServerResponse) => res.end('x'.repeat(70_000)), /UPSTREAM_INVALID/],
      [(res: ServerResponse) => res.destroy(), /UPSTREAM_UNREACHABLE/],
    ] as const) {
      authorization = answer
      const { status, text } = await ask(gateway, 'POST', 'b')
      assert.equal(status, 502)
      assert.match(text, code)
    }
    assert.deepEqual(seen, [])
    assert.doesNotMatch(JSON.stringify(gateway.logged), /secret"/)
  })
})

describe('a client certificate', () => {
  async function pairOf(commonName: string): Promise<KeyPair> {
    const made = await generate([{ name: 'commonName', value: commonName }], {
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
    })
    return { key: made.private, cert: made.cert }
  }

  test('is shown to a service that demands one; another one, or none, opens nothing', async () => {
    const [ours, other, theirs] = await Promise.all([pairOf('gatehouse'), pairOf('other'), pairOf('localhost')])
    const server = createTlsServer(
      { ...theirs, ca: ours.cert, requestCert: true, rejectUnauthorized: true },
      (req, res) => {
        seen.push({ url: req.url ?? '', authorization: req.headers.authorization, body: '' })
        res.end(String((req.socket as TLSSocket).getPeerCertificate().subject.CN))
      },
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    opened.push({ close: () => stop(server) })
    const upstream = `https://localhost:${(server.address() as AddressInfo).port}`
    const options = { ca: theirs.cert }
    const { status, text } = await ask(await open({ type: 'client-certificate', ...ours }, upstream, options))
    assert.deepEqual([status, text], [200, 'gatehouse'])
    assert.equal((await ask(await open({ type: 'client-certificate', ...other }, upstream, options))).status, 502)
    assert.equal((await ask(await open({ type: 'none' }, upstream, options))).status, 502)
    assert.deepEqual(
      seen.map(({ authorization }) => authorization),
      [undefined],
    )
  })
})
