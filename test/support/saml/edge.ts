/** A whole gateway, where a proxy in front of https would reach it, that knows the providers and addresses of the written messages. */

import { readFile } from 'node:fs/promises'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { systemRandom } from '../../../src/core/random.ts'
import { instant, minutes } from '../../../src/core/time.ts'
import { deriveKey } from '../../../src/session/cookies.ts'
import { sealer } from '../../../src/session/jose.ts'
import type { SignInRequest } from '../../../src/signin/saml/model.ts'
import { requestCookies } from '../../../src/signin/saml/request-cookie.ts'
import type { Trace } from '../../../src/store/ports.ts'
import { type House, openHouse } from '../house.ts'
import { other, own, ownNext, provider } from './identities.ts'
import { type Circumstances, OTHER_ISSUER } from './judge.ts'
import { ACS, ISSUER, NOW, REQUEST_ID } from './response.ts'

const { origin, host, pathname } = new URL(ACS)
const PUBLIC_URL = { origin, host, secure: true }
const USER = 'web-application:user'
const REFERENCE = /\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b/

export interface EdgeAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Edge {
  readonly house: House
  /** Puts the settings of these circumstances in force, and a role on `account`. */
  prepare(circumstances: Circumstances, account?: string): Promise<void>
  /**
   * Posts the form field as a browser of the provider's page does, with the cookie of the request; without one, from our own
   * page, as the second post of an unsolicited message is. `accept`: what the client wants.
   */
  post(field: string, options?: { request?: SignInRequest | null; accept?: string }): Promise<EdgeAnswer>
  /** Account of the session that an answer opened. */
  accountOf(answer: EdgeAnswer): Promise<string | undefined>
  /** The trace under the reference of an answer. */
  traceOf(answer: EdgeAnswer): Promise<Trace>
  close(): Promise<void>
}

/** The request of the written messages, or one of another id. */
export function outstanding(id = REQUEST_ID): SignInRequest {
  return { id, provider: 'idp', returnTo: '/app/', issuedAt: instant(NOW), fromTile: false }
}

export async function openEdge(): Promise<Edge> {
  const clock = { now: () => instant(NOW) }
  const house = await openHouse({ clock, ...overlay({}) })
  const key = Buffer.from(await readFile(join(house.dataDir, 'keys', 'cookies.key'), 'utf8'), 'base64')
  const seal = sealer(deriveKey(key, 'sign-in state'))
  const cookies = requestCookies({
    publicUrl: PUBLIC_URL,
    sealer: seal,
    lifetime: () => minutes(30),
    clock,
    random: systemRandom,
  })
  const agent = new Agent({ keepAlive: true })
  const known = new Set<string>()
  let inForce = JSON.stringify(overlay({}))

  async function post(
    field: string,
    { request = outstanding(), accept = 'text/html' }: { request?: SignInRequest | null; accept?: string } = {},
  ): Promise<EdgeAnswer> {
    const form = new URLSearchParams({ SAMLResponse: field })
    const headers: Record<string, string> = {
      Host: host,
      Accept: accept,
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: 'https://idp.example.com',
    }
    if (request === null) {
      form.set('gatehouse_repost', '1')
      headers['Origin'] = origin
    } else {
      const { relayState, setCookies } = await cookies.issue(request, undefined)
      form.set('RelayState', relayState)
      headers['Cookie'] = setCookies[0]?.split(';', 1)[0] ?? ''
    }
    return send({ port: house.port, agent, method: 'POST', path: pathname, headers, body: form.toString() })
  }

  return {
    house,
    async prepare(circumstances, account) {
      const wanted = JSON.stringify(overlay(circumstances))
      if (wanted !== inForce) await house.reload(overlay(circumstances))
      inForce = wanted
      if (account === undefined || known.has(account)) return
      known.add(account)
      const roles = [{ role: USER, service: null }]
      await house.gateway.directory.create({ account, provider: 'idp', displayName: null, roles }, null)
    },
    post,
    async accountOf({ headers }) {
      const cookie = (headers['set-cookie'] ?? []).find((line) => line.startsWith('__Host-gatehouse='))
      if (cookie === undefined) return undefined
      const sent = { Host: host, Accept: 'application/json', Cookie: cookie.split(';', 1)[0] ?? '' }
      const path = '/.gatehouse/session'
      const { text } = await send({ port: house.port, agent, method: 'GET', path, headers: sent, body: '' })
      return JSON.parse(text).operator?.account
    },
    async traceOf({ text }) {
      const trace = await house.gateway.store.traces.load(REFERENCE.exec(text)?.[0] ?? '')
      if (trace === undefined) throw new Error(`no trace for ${text}`)
      return trace
    },
    async close() {
      agent.destroy()
      await house.close()
    },
  }
}

/** The text of an answer without its reference. */
export function masked({ text }: EdgeAnswer): string {
  return text.replace(REFERENCE, '····-····')
}

function overlay({ config = {}, certificates = [provider.certificate], offset = 300 }: Circumstances) {
  const metadata = (entityId: string, pinned: readonly string[]) => {
    return { entityId, ssoUrl: `${new URL(entityId).origin}/sso`, certificates: pinned }
  }
  // The file refuses a provider that wants no signature at all.
  const want = { signedResponse: false, signedAssertion: true, encryptedAssertion: false }
  const idp = { id: 'idp', metadata: metadata(ISSUER, certificates), want, ...config }
  const second = { id: 'other', metadata: metadata(OTHER_ISSUER, [other.certificate]), want }
  const decryption = [ownNext, own].map(({ key, certificate }) => ({ key, cert: certificate }))
  return {
    top: {
      publicUrl: origin,
      session: { timeoutMinutes: 30, samlOffsetMinutes: offset / 60 },
      signIn: { startsPerMinute: 0, postsPerMinute: 0 },
      serviceProvider: { decryption },
      identityProviders: [idp, second],
    },
  }
}

function send({
  port,
  agent,
  method,
  path,
  headers,
  body,
}: {
  port: number
  agent: Agent
  method: string
  path: string
  headers: Record<string, string>
  body: string
}): Promise<EdgeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, agent, method, path, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
