/**
 * Two sites under https: the gateway as a process of its own, and identity providers on several hosts of another site.
 * Behind the gateway are a service that echoes and the demo services.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { stringify } from 'yaml'
import type { KeyPair } from '../../src/config/config.ts'
import { systemRandom } from '../../src/core/random.ts'
import { systemClock } from '../../src/core/time.ts'
import { DEMO_ACCOUNTS } from '../../src/demo/accounts.ts'
import { makeDemoKeys } from '../../src/demo/identity-provider/keys.ts'
import { type DemoIdentityProvider, demoIdentityProvider } from '../../src/demo/identity-provider/provider.ts'
import { demoResponse } from '../../src/demo/identity-provider/response.ts'
import type { SigningKeys } from '../../src/demo/identity-provider/signature.ts'
import { startDemoServices } from '../../src/demo/services/services.ts'
import { echoUpstream } from '../support/echo-upstream.ts'
import { freePort } from '../support/process.ts'

const GATEWAY_HOST = 'licences.gatehouse.test'
export const GATEWAY = `https://${GATEWAY_HOST}`

/** Takes requests by redirect; what it sends unasked is accepted. */
export const ACME = { id: 'acme', name: 'Acme staff', origin: 'https://acme.provider.test' } as const
/** Takes requests by POST; what it sends unasked is not accepted. */
export const BETA = { id: 'beta', name: 'Beta partners', origin: 'https://beta.provider.test' } as const
/** Takes requests by redirect; what it sends unasked is not accepted. */
export const CORAL = { id: 'coral', name: 'Coral contractors', origin: 'https://coral.provider.test' } as const
const PROVIDERS = [ACME, BETA, CORAL]

/** Longer than a gateway gives its open connections to finish. */
const STOP_MILLISECONDS = 15_000
const COMMAND = fileURLToPath(new URL('../../src/gatehouse.js', import.meta.url))

export interface Sites {
  /** Ports on 127.0.0.1 by host name. */
  readonly hosts: Readonly<Record<string, number>>
  /** PEM; all sites have the same. */
  readonly certificate: string
  close(): Promise<void>
}

/** Opens all of them. Otto has a role already, whichever provider he comes from; nobody else is known. */
export async function openSites(): Promise<Sites> {
  const opened: { close(): Promise<unknown> }[] = []
  const keep = <Opened extends { close(): Promise<unknown> }>(each: Opened): Opened => {
    opened.unshift(each)
    return each
  }
  const close = async (): Promise<void> => {
    for (const each of opened) await each.close()
  }
  try {
    return { ...(await openAll(keep)), close }
  } catch (error) {
    await close()
    throw error
  }
}

type Keep = <Opened extends { close(): Promise<unknown> }>(opened: Opened) => Opened

/** Hands everything to `keep` as soon as it is open. */
async function openAll(keep: Keep): Promise<Omit<Sites, 'close'>> {
  const { folder } = keep(await openFolder())
  const tls = await makeCertificate([GATEWAY_HOST, ...PROVIDERS.map(hostOf)])
  const keys = await makeDemoKeys(systemClock.now())
  const hosts: [name: string, port: number][] = []
  for (const each of PROVIDERS) {
    const { port } = keep(await openProvider(each, { keys, tls }))
    hosts.push([hostOf(each), port])
  }
  const echo = keep(await echoUpstream())
  const demo = keep(await startDemoServices({ host: '127.0.0.1', ports: [] }))
  const port = await freePort()
  const upstreams = [{ id: 'echo', prefix: '/echo/', url: echo.url }, ...demo.services]
  const configFile = join(folder, 'gatehouse.yaml')
  await writeFile(join(folder, 'tls.key'), tls.key, { mode: 0o600 })
  await writeFile(join(folder, 'tls.crt'), tls.cert)
  await writeFile(configFile, stringify(configOf({ port, keys, upstreams })))
  keep(await startGateway(configFile))
  await Promise.all(PROVIDERS.map(({ id }) => createOtto(configFile, id)))
  return { hosts: Object.fromEntries([...hosts, [GATEWAY_HOST, port]]), certificate: tls.cert }
}

async function openFolder(): Promise<{ folder: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sites-'))
  return { folder, close: () => rm(folder, { recursive: true, force: true }) }
}

function hostOf({ origin }: { origin: string }): string {
  return new URL(origin).hostname
}

async function makeCertificate(names: readonly string[]): Promise<KeyPair> {
  const altNames = names.map((value) => ({ type: 2 as const, value }))
  const made = await generate([{ name: 'commonName', value: 'Gatehouse browser tests' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  })
  return { key: made.private, cert: made.cert }
}

/** The demo provider behind TLS, with an entity id of its own. */
async function openProvider(
  { origin }: { origin: string },
  { keys, tls }: { keys: SigningKeys; tls: KeyPair },
): Promise<{ port: number; close(): Promise<void> }> {
  const saml = `${GATEWAY}/.gatehouse/saml/`
  const provider: DemoIdentityProvider = await demoIdentityProvider({
    host: '127.0.0.1',
    port: 0,
    origin,
    keys,
    accounts: DEMO_ACCOUNTS,
    serviceProvider: { entityId: `${saml}metadata`, acsUrl: `${saml}acs` },
    clock: systemClock,
    random: systemRandom,
    respond: (options) => demoResponse({ ...options, issuer: entityIdOf(origin) }),
  })
  const server = createHttpsServer(tls, (request, response) => provider.server.emit('request', request, response))
  return {
    port: await listen(server),
    async close() {
      await close(server)
      await provider.close()
    },
  }
}

function entityIdOf(origin: string): string {
  return `${origin}/metadata`
}

function configOf({
  port,
  keys,
  upstreams,
}: {
  port: number
  keys: SigningKeys
  upstreams: readonly { id: string; prefix: string; url: string }[]
}): object {
  const providerOf = ({ id, name, origin }: { id: string; name: string; origin: string }) => ({
    id,
    displayName: name,
    metadata: { entityId: entityIdOf(origin), ssoUrl: `${origin}/sso`, certificates: [keys.cert] },
    adminAttribute: 'FnmsAdmin',
  })
  return {
    publicUrl: GATEWAY,
    listen: { host: '127.0.0.1', port, tls: { key: 'tls.key', cert: 'tls.crt' } },
    dataDir: 'data',
    identityProviders: [
      { ...providerOf(ACME), binding: 'redirect', allowUnsolicited: true },
      { ...providerOf(BETA), binding: 'post', allowUnsolicited: false },
      { ...providerOf(CORAL), binding: 'redirect', allowUnsolicited: false },
    ],
    services: upstreams.map(({ id, prefix, url }) => ({
      id,
      profile: 'web-application',
      match: { path: prefix },
      upstream: url,
    })),
  }
}

/** Resolves once it listens. */
async function startGateway(configFile: string): Promise<{ close(): Promise<void> }> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--config', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const seen: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      seen.push(line)
      if (line.includes('"listening"')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}:\n${seen.join('\n')}`)))
  })
  return { close: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS)
  await ended
  clearTimeout(timer)
}

async function createOtto(configFile: string, provider: string): Promise<void> {
  const otto = ['otto.operator@demo.example', '--idp', provider, '--role', 'web-application:user']
  const args = [COMMAND, 'operators', 'create', ...otto, '--config', configFile]
  await promisify(execFile)(process.execPath, args)
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
