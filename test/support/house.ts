/** A whole gateway for e2e tests: real listener, real SQLite, the demo identity provider, and services that echo. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Gateway, gateway } from '../../src/app.ts'
import { readConfig } from '../../src/cli/context.ts'
import type { Config } from '../../src/config/config.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { systemRandom } from '../../src/core/random.ts'
import { type Clock, systemClock } from '../../src/core/time.ts'
import { type Browser, browser } from './browser.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from './demo-idp.ts'
import { type EchoUpstream, echoUpstream } from './echo-upstream.ts'

export interface House {
  /** `http://localhost:<port>`. */
  readonly url: string
  readonly gateway: Gateway
  readonly server: Server
  readonly provider: TestIdentityProvider
  readonly upstream: EchoUpstream
  readonly dataDir: string
  readonly configFile: string
  /** A browser without cookies. */
  browser(): Browser
  /** Puts the configuration with these keys laid over it in force. */
  reload(over: Overlay): Promise<void>
  /** Stops the gateway and starts it again on the same data directory and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Top-level keys of the configuration; `provider` and `service` are laid over the only provider and over the service `app`. */
export interface Overlay {
  readonly top?: Readonly<Record<string, unknown>>
  readonly provider?: Readonly<Record<string, unknown>>
  readonly service?: Readonly<Record<string, unknown>>
}

export async function openHouse({
  clock = systemClock,
  log = silentLog,
  ...over
}: Overlay & { clock?: Clock; log?: Log } = {}): Promise<House> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-house-'))
  const configFile = join(dataDir, 'gatehouse.yaml')
  const server = createServer()
  const url = `http://localhost:${await listen(server, 0)}`
  const upstream = await echoUpstream()
  const serviceProvider = { entityId: `${url}/.gatehouse/saml/metadata`, acsUrl: `${url}/.gatehouse/saml/acs` }
  const provider = await openTestIdentityProvider({ serviceProvider, clock })
  await writeFile(join(dataDir, 'idp.xml'), provider.metadata())

  async function load(overlay: Overlay): Promise<Config> {
    await writeFile(configFile, stringify(configOf({ url, upstream: upstream.url, overlay })))
    const loaded = await readConfig(configFile, {})
    if (!loaded.ok) throw new Error(loaded.error.map(formatProblem).join('\n'))
    return loaded.value
  }
  const open = async (overlay: Overlay): Promise<Gateway> =>
    gateway({ config: await load(overlay), clock, random: systemRandom, log })

  let running = await open(over)
  server.on('request', (request, response) => running.handle(request, response))
  return {
    url,
    get gateway() {
      return running
    },
    server,
    provider,
    upstream,
    dataDir,
    configFile,
    browser: () => browser({ clock }),
    reload: async (overlay) => running.reload(await load(overlay)),
    async restart() {
      await running.close()
      running = await open(over)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await running.close()
      await provider.close()
      await upstream.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function configOf({ url, upstream, overlay }: { url: string; upstream: string; overlay: Overlay }): object {
  const provider = { id: 'demo', displayName: 'Demo', metadata: { file: 'idp.xml' } }
  const service = { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream }
  return {
    publicUrl: url,
    listen: { host: '127.0.0.1', port: Number(new URL(url).port) },
    dataDir: '.',
    session: { timeoutMinutes: 30, samlOffsetMinutes: 5 },
    identityProviders: [{ ...provider, ...overlay.provider }],
    services: [{ ...service, ...overlay.service }],
    ...overlay.top,
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Signs in as a demo account through the pages of the provider; returns the page that the browser ends on. */
export async function signIn(visitor: Browser, account: string, path = '/app/', house: Pick<House, 'url'>) {
  await visitor.goto(`${house.url}${path}`)
  await visitor.submitForm(visitor.page(), { button: account })
  return visitor.submitForm()
}
