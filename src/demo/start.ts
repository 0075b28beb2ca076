/** Starts everything around the gateway that `npm start` shows: the identity provider and the services behind the gateway. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import { DEMO_ACCOUNTS } from './accounts.ts'
import { loadDemoKeys } from './identity-provider/keys.ts'
import { demoIdentityProvider } from './identity-provider/provider.ts'
import { DEMO_SYSTEMS, type RunningDemoService, startDemoServices } from './services/services.ts'

export interface Demo {
  /** Variables that `config/demo/gatehouse.yaml` reads. */
  readonly env: Readonly<Record<string, string>>
  /** What to print once the gateway listens: what to open and whom to sign in as. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/**
 * Starts the identity provider on `port` + 1 and the services on the five ports after it, for a gateway at
 * `http://localhost:<port>`. Keeps the provider's key and metadata in `dataDir`/demo. Errors: CONFIG_INVALID when a port is in use.
 */
export async function startDemo({
  port,
  dataDir,
  clock,
  random,
  log,
}: {
  port: number
  dataDir: string
  clock: Clock
  random: Random
  log: Log
}): Promise<Demo> {
  checkPort(port)
  const folder = join(resolve(dataDir), 'demo')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    await Promise.all(opened.map((each) => each.close()))
  }
  const publicUrl = `http://localhost:${port}`
  try {
    const provider = await demoIdentityProvider({
      host: HOST,
      port: port + 1,
      keys: await loadDemoKeys({ file: join(folder, 'identity-provider.pem'), clock }),
      accounts: DEMO_ACCOUNTS,
      serviceProvider: serviceProviderAt(publicUrl),
      clock,
      random,
    })
    opened.push(provider)
    const { services, ...running } = await startDemoServices({ host: HOST, ports: servicePorts(port) })
    opened.push(running)
    await writeFile(join(folder, 'idp-metadata.xml'), provider.metadata())
    log.info('demo.started', { provider: provider.url, services: services.map(({ url }) => url) })
    return {
      env: variables({ port, dataDir: resolve(dataDir), services }),
      lines: introduction({ publicUrl, providerUrl: provider.url, services }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function serviceProviderAt(publicUrl: string) {
  return { entityId: `${publicUrl}${OWN_PREFIX}saml/metadata`, acsUrl: `${publicUrl}${OWN_PREFIX}saml/acs` }
}

function servicePorts(port: number): number[] {
  return DEMO_SYSTEMS.map((_, index) => port + 2 + index)
}

function checkPort(port: number): void {
  const highest = 65535 - 1 - DEMO_SYSTEMS.length
  if (Number.isInteger(port) && port >= 1 && port <= highest) return
  throw new AppError('CONFIG_INVALID', `port ${port}: the demo needs a port from 1 to ${highest} and the six after it`)
}

function variables({
  port,
  dataDir,
  services,
}: {
  port: number
  dataDir: string
  services: readonly RunningDemoService[]
}): Record<string, string> {
  const ports = services.map(({ id, port: own }) => [
    `GATEHOUSE_DEMO_${id.toUpperCase().replaceAll('-', '_')}`,
    String(own),
  ])
  return { GATEHOUSE_DEMO_PORT: String(port), GATEHOUSE_DEMO_DATA: dataDir, ...Object.fromEntries(ports) }
}

function introduction({
  publicUrl,
  providerUrl,
  services,
}: {
  publicUrl: string
  providerUrl: string
  services: readonly RunningDemoService[]
}): string[] {
  const addresses = [
    ...services.map(({ prefix, title }) => [`${publicUrl}${prefix}`, title] as const),
    [`${publicUrl}${OWN_PREFIX}session`, 'your session'] as const,
    [`${providerUrl}/`, 'the identity provider: start from its side'] as const,
  ]
  return [
    'Gatehouse demo. All data is invented; the identity provider has no passwords. Not for production.',
    '',
    'Open',
    ...columns(addresses),
    '',
    'Sign in as',
    ...columns(DEMO_ACCOUNTS.map(({ account, outcome }) => [account, outcome] as const)),
    'or, at OpenLM, continue as guest.',
    '',
    'Ctrl-C stops everything.',
  ]
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
