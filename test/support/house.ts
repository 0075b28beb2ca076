/** A whole gateway for e2e tests: real listener, real SQLite, demo identity providers, and a service that echoes. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, gateway } from '../../src/app.ts'
import { readConfig } from '../../src/cli/context.ts'
import type { Config, KeyPair } from '../../src/config/config.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import { systemRandom } from '../../src/core/random.ts'
import { type Clock, systemClock } from '../../src/core/time.ts'
import { type Browser, browser, type Page } from './browser.ts'
import type { TestIdentityProvider } from './demo-idp.ts'
import { type EchoUpstream, echoUpstream } from './echo-upstream.ts'
import { failingStore, type StoreFailures } from './failing-store.ts'
import { configText, GATE_HOST, hostOf, listenOn, type Overlay, openProviders, tlsFor } from './house-parts.ts'

export interface House {
  /** `http://localhost:<port>`, or `https://gate.test`. */
  readonly url: string
  readonly port: number
  /** PEM; under https only. */
  readonly certificate: string | undefined
  /** The certificate with its key; under https only. */
  readonly tls: KeyPair | undefined
  /** The ports on 127.0.0.1 that its hosts, and those of its providers, are served on. */
  readonly hosts: Readonly<Record<string, number>>
  readonly gateway: Gateway
  readonly server: Server
  /** The first provider. */
  readonly provider: TestIdentityProvider
  /** All of them: `demo`, then `beta`. */
  readonly providers: readonly TestIdentityProvider[]
  readonly upstream: EchoUpstream
  readonly dataDir: string
  readonly configFile: string
  /** Makes calls of the store's ports fail. */
  readonly failures: StoreFailures
  /** A browser without cookies. */
  browser(): Browser
  /** Puts the configuration with these keys laid over it in force. */
  reload(over: Overlay): Promise<void>
  /** Stops the gateway and starts it again on the same data directory and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface HouseOptions extends Overlay {
  readonly clock?: Clock
  readonly log?: Log
  /** With a second identity provider, `beta`; both have the same accounts. */
  readonly twoProviders?: boolean
  /** Gateway and providers on hosts of different sites, under https. */
  readonly https?: boolean
  /** Further hosts (with port where it is not 443) that lead to the gateway, under https. */
  readonly otherHosts?: readonly string[]
}

/** Opens it; the keys of Overlay are laid over the configuration. */
export async function openHouse({
  clock = systemClock,
  log = silentLog,
  twoProviders = false,
  https = false,
  otherHosts = [],
  ...over
}: HouseOptions = {}): Promise<House> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-house-'))
  const configFile = join(dataDir, 'gatehouse.yaml')
  const tls = https ? await tlsFor(otherHosts) : undefined
  const server = tls === undefined ? createServer() : createHttpsServer(tls)
  const port = await listenOn(server)
  const url = tls === undefined ? `http://localhost:${port}` : `https://${GATE_HOST}`
  const upstream = await echoUpstream()
  const opened = await openProviders({ url, clock, tls, twoProviders })
  const providers = opened.map(({ provider }) => provider)
  const [provider] = providers
  if (provider === undefined) throw new Error('no provider was opened')
  for (const [index, each] of providers.entries()) await writeFile(join(dataDir, `idp-${index}.xml`), each.metadata())

  async function load(overlay: Overlay): Promise<Config> {
    await writeFile(configFile, configText({ url, port, upstream: upstream.url, providers: providers.length, overlay }))
    const loaded = await readConfig(configFile, {})
    if (!loaded.ok) throw new Error(loaded.error.map(formatProblem).join('\n'))
    return loaded.value
  }
  const failures = failingStore()
  const open = async (overlay: Overlay): Promise<Gateway> =>
    gateway({ config: await load(overlay), clock, random: systemRandom, log, open: failures.open })

  let running = await open(over)
  server.on('request', (request, response) => running.handle(request, response))
  const hosts = Object.fromEntries([
    ...[GATE_HOST, ...otherHosts].map((host) => [host, port]),
    ...opened.map((each) => [hostOf(each.provider.url), each.port]),
  ])
  return {
    url,
    port,
    certificate: tls?.cert,
    tls,
    hosts,
    get gateway() {
      return running
    },
    server,
    provider,
    providers,
    upstream,
    dataDir,
    configFile,
    failures,
    browser: () => browser({ clock, hosts, ...(tls === undefined ? {} : { ca: tls.cert }) }),
    reload: async (overlay) => running.reload(await load(overlay)),
    async restart() {
      await running.close()
      running = await open(over)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await running.close()
      await Promise.all(opened.map((each) => each.close()))
      await upstream.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Signs in as a demo account through the pages of the provider; returns the page that the browser ends on. */
export async function signIn(
  visitor: Browser,
  account: string,
  path: string,
  house: Pick<House, 'url'>,
): Promise<Page> {
  await visitor.goto(`${house.url}${path}`)
  await visitor.submitForm(visitor.page(), { button: account })
  return visitor.submitForm()
}
