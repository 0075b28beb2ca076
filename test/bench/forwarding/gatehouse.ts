/** Gatehouse as its own process: SQLite, identity token, metrics, all on; with sessions of its store. */

import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { readConfig } from '../../../src/cli/context.ts'
import type { Config } from '../../../src/config/config.ts'
import { silentLog } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant, systemClock } from '../../../src/core/time.ts'
import { sessionCookies } from '../../../src/session/cookies.ts'
import { openStoreForCommand } from '../../../src/store/open.ts'
import type { Ports } from '../../../src/store/ports.ts'
import { testWriter } from '../../support/chain-writer.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from '../../support/demo-idp.ts'
import { freePort, ROOT } from '../../support/process.ts'
import { ASKED_PATH, type Contender, type ContenderOptions } from './contender.ts'
import { startServer } from './server.ts'
import { signIn } from './sign-in.ts'

const TIMEOUT_MINUTES = 720
const OFFSET_MINUTES = 5
const BATCH = 5_000

/** With one session that a real sign-in opened. `nodeOptions` go to its Node.js. */
export async function startGatehouse(
  options: ContenderOptions & { nodeOptions?: readonly string[] },
): Promise<Contender> {
  const { url, provider, serve } = await prepare(options)
  try {
    const server = await serve()
    const { cookies } = await signIn(`${url}${ASKED_PATH}`)
    const sent = cookies.header({ url: new URL(url), method: 'GET', initiator: null, topLevel: true }) ?? ''
    const value = /(?:^|; )gatehouse=([^;]+)/.exec(sent)?.[1] ?? ''
    return {
      name: 'Gatehouse',
      url: `${url}${ASKED_PATH}`,
      pids: [server.pid],
      cookies: () => asSent([value]),
      stop: server.stop,
    }
  } finally {
    await provider.close()
  }
}

/** With so many live sessions, each of an operator of its own, put into the store beforehand; `asked` of them send requests. */
export async function startCrowded(
  options: ContenderOptions & { sessions: number; asked?: number },
): Promise<Contender> {
  const { sessions, asked = sessions } = options
  const { url, config, provider, serve } = await prepare(options)
  await provider.close()
  const values = (await fillStore(config, sessions)).slice(0, asked)
  const server = await serve()
  const name = `Gatehouse, ${count(sessions)} live ${sessions === 1 ? 'session' : 'sessions'}${asked < sessions ? `, ${count(asked)} of them in use` : ''}`
  return { name, url: `${url}${ASKED_PATH}`, pids: [server.pid], cookies: () => asSent(values), stop: server.stop }
}

const count = (sessions: number) => sessions.toLocaleString('en-GB')

/** A browser knows the end of its session from its last answer, so the companion cookie is up to date. */
function asSent(values: readonly string[]): readonly string[] {
  const end = Math.floor(systemClock.now() / 1000) + (TIMEOUT_MINUTES + OFFSET_MINUTES) * 60
  return values.map((value) => `gatehouse=${value}; gatehouse_expires=${end}`)
}

async function prepare({
  folder,
  upstream,
  accessLog,
  nodeOptions = [],
}: ContenderOptions & { nodeOptions?: readonly string[] }) {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const serviceProvider = { entityId: `${url}/.gatehouse/saml/metadata`, acsUrl: `${url}/.gatehouse/saml/acs` }
  const provider: TestIdentityProvider = await openTestIdentityProvider({ serviceProvider })
  await writeFile(join(folder, 'idp.xml'), provider.metadata())
  const configFile = join(folder, 'gatehouse.yaml')
  await writeFile(configFile, configText(url, port, upstream))
  const loaded = await readConfig(configFile, {})
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  const level = accessLog ? 'info' : 'warn'
  const program = [...nodeOptions, join(ROOT, 'src/gatehouse.js')]
  const args = [...program, 'serve', '--config', configFile, '--log-level', level]
  const serve = () => startServer({ file: process.execPath, args, port, printed: join(folder, 'gatehouse.log') })
  return { url, config: loaded.value, provider, serve }
}

function configText(url: string, port: number, upstream: string): string {
  return stringify({
    publicUrl: url,
    listen: { host: '127.0.0.1', port },
    dataDir: 'data',
    keys: { cookies: randomBytes(32).toString('base64') },
    session: { timeoutMinutes: TIMEOUT_MINUTES, samlOffsetMinutes: OFFSET_MINUTES },
    identityProviders: [{ id: 'demo', metadata: { file: 'idp.xml' } }],
    services: [{ id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream }],
  })
}

/** Returns the values of the session cookies. */
async function fillStore(config: Config, sessions: number): Promise<readonly string[]> {
  const { publicUrl, keys } = config
  if (keys.cookies === null) throw new Error('the configuration has no cookie key')
  const cookies = sessionCookies({ publicUrl, key: keys.cookies })
  await mkdir(config.dataDir, { recursive: true })
  const store = await openStoreForCommand(config, { writer: testWriter(), clock: systemClock, log: silentLog })
  const values: string[] = []
  try {
    while (values.length < sessions) {
      const size = Math.min(BATCH, sessions - values.length)
      await store.transaction(async (ports) => {
        for (let each = 0; each < size; each += 1) {
          const { value, secretHash } = cookies.newSecret(systemRandom)
          await addSession(ports, values.length, secretHash)
          values.push(value)
        }
      })
    }
  } finally {
    await store.close()
  }
  return values
}

async function addSession({ operators, sessions }: Ports, index: number, secretHash: string): Promise<void> {
  const now = systemClock.now()
  const account = `operator-${index}@example.com`
  const operatorId = systemRandom.uuid()
  await operators.create({
    id: operatorId,
    provider: 'demo',
    account,
    displayName: `Operator ${index}`,
    email: account,
    createdAt: now,
  })
  await operators.putGrant(operatorId, {
    role: 'web-application:user',
    service: null,
    source: 'local',
    locked: false,
    expiresAt: null,
    scope: null,
  })
  await sessions.create(
    {
      id: systemRandom.uuid(),
      operatorId,
      provider: 'demo',
      nameId: account,
      nameIdFormat: null,
      sessionIndex: `_${index}`,
      authnContext: null,
      attributes: [
        ['displayName', [`Operator ${index}`]],
        ['mail', [account]],
      ],
      authenticatedAt: now,
      signedInAt: now,
      sessionNotOnOrAfter: null,
      lastActivityAt: instant(now),
    },
    secretHash,
  )
}
