/** Gatehouse as its own process: SQLite, audit, traces, all as shipped, but for the limits per address. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort, ROOT } from '../../support/process.ts'
import { ASKED_PATH } from '../forwarding/contender.ts'
import { startServer } from '../forwarding/server.ts'
import type { SignInContender, SignInContenderOptions } from './contender.ts'

export async function startGatehouse({
  folder,
  upstream,
  provider,
  nodeOptions = [],
}: SignInContenderOptions & { nodeOptions?: readonly string[] }): Promise<SignInContender> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  await writeFile(join(folder, 'idp.xml'), provider.metadata)
  const configFile = join(folder, 'gatehouse.yaml')
  await writeFile(configFile, configText(url, port, upstream))
  const args = [...nodeOptions, join(ROOT, 'src/gatehouse.js'), 'serve', '--config', configFile, '--log-level', 'error']
  const server = await startServer({ file: process.execPath, args, port, printed: join(folder, 'gatehouse.log') })
  return {
    name: 'Gatehouse',
    entityId: `${url}/.gatehouse/saml/metadata`,
    acsUrl: `${url}/.gatehouse/saml/acs`,
    relayState: ASKED_PATH,
    askedUrl: `${url}${ASKED_PATH}`,
    pids: [server.pid],
    stop: server.stop,
  }
}

function configText(url: string, port: number, upstream: string): string {
  return stringify({
    publicUrl: url,
    listen: { host: '127.0.0.1', port },
    dataDir: 'data',
    signIn: { startsPerMinute: 0, postsPerMinute: 0 },
    identityProviders: [
      { id: 'demo', metadata: { file: 'idp.xml' }, allowUnsolicited: true, adminAttribute: 'FnmsAdmin' },
    ],
    services: [{ id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream }],
  })
}
