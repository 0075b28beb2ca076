/** A gateway as a process of its own, with the demo identity provider and a service that echoes around it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type Browser, browser } from '../../support/browser.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from '../../support/demo-idp.ts'
import { type EchoUpstream, echoUpstream } from '../../support/echo-upstream.ts'
import { type Ended, freePort, gatehouse, type Running, startGatehouse } from '../../support/process.ts'

export interface ProcessHouse {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly configFile: string
  readonly provider: TestIdentityProvider
  readonly upstream: EchoUpstream
  /** Writes the configuration with these keys laid over it. */
  write(top?: Readonly<Record<string, unknown>>): Promise<void>
  /** `gatehouse serve`, listening. */
  serve(...options: string[]): Promise<Running>
  /** Any other command with the same configuration. */
  run(...args: string[]): Promise<Ended>
  /** Signs in as a demo account, at `/app/`. */
  signIn(account: string, path?: string): Promise<Browser>
  /** Kills what still runs and removes the folder. */
  close(): Promise<void>
}

/** A machine that does much else takes its time. */
const START_SECONDS = 60

/** A service `app` of the house, with changes. */
export function serviceOf(upstream: string, over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream, ...over }
}

export async function openProcessHouse(top: Readonly<Record<string, unknown>> = {}): Promise<ProcessHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-process-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const serviceProvider = { entityId: `${url}/.gatehouse/saml/metadata`, acsUrl: `${url}/.gatehouse/saml/acs` }
  const provider = await openTestIdentityProvider({ serviceProvider })
  const upstream = await echoUpstream()
  const configFile = join(folder, 'gatehouse.yaml')
  const running: Running[] = []
  const base = {
    publicUrl: url,
    listen: { port },
    dataDir: 'data',
    identityProviders: [{ id: 'demo', metadata: { file: 'idp.xml' } }],
    services: [serviceOf(upstream.url)],
  }
  const write = (over: Readonly<Record<string, unknown>> = {}) =>
    writeFile(configFile, stringify({ ...base, ...top, ...over }))
  await writeFile(join(folder, 'idp.xml'), provider.metadata())
  await write()
  return {
    url,
    port,
    folder,
    configFile,
    provider,
    upstream,
    write,
    async serve(...options) {
      const started = startGatehouse(['serve', '--config', configFile, ...options])
      running.push(started)
      await started.says('"event":"listening"', START_SECONDS)
      return started
    },
    run: (...args) => gatehouse([...args, '--config', configFile]),
    async signIn(account, path = '/app/') {
      const visitor = browser()
      await visitor.goto(`${url}${path}`)
      await visitor.submitForm(visitor.page(), { button: account })
      await visitor.submitForm()
      return visitor
    },
    async close() {
      for (const each of running) each.signal('SIGKILL')
      await Promise.all(running.map(({ ended }) => ended))
      await provider.close()
      await upstream.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
