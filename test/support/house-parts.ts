/** What a house is put together from: configuration text, identity providers, certificates. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { generate } from 'selfsigned'
import { stringify } from 'yaml'
import type { KeyPair } from '../../src/config/config.ts'
import { DEMO_ENTITY_ID } from '../../src/core/names.ts'
import { type Clock, systemClock } from '../../src/core/time.ts'
import { makeDemoKeys } from '../../src/demo/identity-provider/keys.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from './demo-idp.ts'

/**
 * Top-level keys of the configuration; `provider` and `beta` are laid over the first and second provider, `service` over
 * the service `app`. `providers: n` keeps the first n providers only.
 */
export interface Overlay {
  readonly top?: Readonly<Record<string, unknown>>
  readonly provider?: Readonly<Record<string, unknown>>
  readonly beta?: Readonly<Record<string, unknown>>
  readonly service?: Readonly<Record<string, unknown>>
  readonly keepProviders?: readonly string[]
}

/** Where the gateway is under https; its providers are on hosts of another site. */
export const GATE_HOST = 'gate.test'
const PROVIDER_HOSTS = ['demo.provider.example', 'beta.provider.example'] as const

/** The configuration file of a house. */
export function configText({
  url,
  port,
  upstream,
  providers,
  overlay,
}: {
  url: string
  port: number
  upstream: string
  providers: number
  overlay: Overlay
}): string {
  const demo = { id: 'demo', displayName: 'Demo', metadata: { file: 'idp-0.xml' }, adminAttribute: 'FnmsAdmin' }
  const beta = { id: 'beta', displayName: 'Beta', metadata: { file: 'idp-1.xml' }, adminAttribute: 'FnmsAdmin' }
  const all = [
    { ...demo, ...overlay.provider },
    { ...beta, ...overlay.beta },
  ].slice(0, providers)
  const service = { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream }
  return stringify({
    publicUrl: url,
    listen: { host: '127.0.0.1', port },
    dataDir: '.',
    session: { timeoutMinutes: 30, samlOffsetMinutes: 5 },
    identityProviders: all.filter(({ id }) => overlay.keepProviders?.includes(id) ?? true),
    services: [{ ...service, ...overlay.service }],
    ...overlay.top,
  })
}

export interface OpenedProvider {
  readonly provider: TestIdentityProvider
  /** Where its host is served. */
  readonly port: number
  close(): Promise<void>
}

/** One or two providers for the service provider at `url`; under https behind TLS listeners of their own. */
export async function openProviders({
  url,
  clock,
  tls,
  twoProviders,
}: {
  url: string
  clock: Clock
  tls: KeyPair | undefined
  twoProviders: boolean
}): Promise<readonly OpenedProvider[]> {
  const serviceProvider = { entityId: `${url}/.gatehouse/saml/metadata`, acsUrl: `${url}/.gatehouse/saml/acs` }
  const hosts = twoProviders ? PROVIDER_HOSTS : PROVIDER_HOSTS.slice(0, 1)
  return Promise.all(
    hosts.map(async (host, index) => {
      const provider = await openTestIdentityProvider({
        serviceProvider,
        clock,
        entityId: index === 0 && tls === undefined ? DEMO_ENTITY_ID : `https://${host}/metadata`,
        ...(index === 0 ? {} : { keys: await makeDemoKeys(clock.now()) }),
        ...(tls === undefined ? {} : { origin: `https://${host}` }),
      })
      if (tls === undefined) return { provider, port: Number(new URL(provider.url).port), close: provider.close }
      const front = createHttpsServer(tls, (request, response) => provider.server.emit('request', request, response))
      const port = await listenOn(front)
      const close = async (): Promise<void> => {
        front.closeAllConnections()
        front.close()
        await provider.close()
      }
      return { provider, port, close }
    }),
  )
}

/** A certificate for all host names of a house under https. */
export async function tlsFor(otherHosts: readonly string[]): Promise<KeyPair> {
  const names = [GATE_HOST, ...PROVIDER_HOSTS, ...otherHosts.map((host) => host.replace(/:\d+$/, ''))]
  const altNames = names.map((value) => (isIP(value) ? { type: 7 as const, ip: value } : { type: 2 as const, value }))
  const made = await generate([{ name: 'commonName', value: 'Gatehouse tests' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: new Date(systemClock.now() - 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames }],
  })
  return { key: made.private, cert: made.cert }
}

/** Listens on a free port of 127.0.0.1; the port. */
export async function listenOn(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** `host` or `host:port` of an address. */
export function hostOf(url: string): string {
  return new URL(url).host
}
