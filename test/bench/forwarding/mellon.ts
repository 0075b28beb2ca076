/** Apache with mod_auth_mellon in front of the service, and sessions that real sign-ins opened. */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { openTestIdentityProvider, type TestIdentityProvider } from '../../support/demo-idp.ts'
import { freePort } from '../../support/process.ts'
import { signMessages } from '../signin/messages.ts'
import { ASKED_PATH, type Contender, type ContenderOptions } from './contender.ts'
import { startServer } from './server.ts'
import { signIn } from './sign-in.ts'

const MODULES = '/usr/lib/apache2/modules'
const NEEDED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http', 'auth_mellon']
const NAME = 'Apache, mod_auth_mellon'

/** With the session of one sign-in through the pages of a provider. */
export async function startMellon(options: ContenderOptions): Promise<Contender> {
  return start(options, NAME, async (url) => {
    const visitor = await signIn(`${url}${ASKED_PATH}`)
    return [visitor.cookies.header({ url: new URL(url), method: 'GET', initiator: null, topLevel: true }) ?? '']
  })
}

/** With so many sessions, for which it gets the room. */
export async function startCrowdedMellon({
  sessions,
  ...options
}: ContenderOptions & { sessions: number }): Promise<Contender> {
  const name = `${NAME}, ${sessions.toLocaleString('en-GB')} live sessions`
  return start(
    options,
    name,
    async (url, { keys }) => {
      const { entityId, acsUrl } = sideOf(url)
      const cookies: string[] = []
      for (const body of await signMessages(keys, { entityId, acsUrl, relayState: `${url}${ASKED_PATH}` }, sessions)) {
        const answer = await fetch(acsUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body,
          redirect: 'manual',
        })
        const [cookie] = answer.headers.getSetCookie().map((each) => each.split(';', 1)[0] ?? '')
        if (answer.status !== 303 || cookie === undefined)
          throw new Error(`${NAME} answers ${answer.status} to a sign-in`)
        cookies.push(cookie)
      }
      return cookies
    },
    `MellonCacheSize ${sessions}`,
  )
}

function sideOf(url: string) {
  return { entityId: `${url}/mellon/metadata`, acsUrl: `${url}/mellon/postResponse` }
}

/** `openSessions` returns the Cookie header of each. */
async function start(
  { folder, upstream, accessLog }: ContenderOptions,
  name: string,
  openSessions: (url: string, provider: TestIdentityProvider) => Promise<readonly string[]>,
  more = '',
): Promise<Contender> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const provider = await openTestIdentityProvider({ serviceProvider: sideOf(url) })
  const keys = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
  await writeFile(join(folder, 'sp.key'), keys.private)
  await writeFile(join(folder, 'sp.crt'), keys.cert)
  await writeFile(join(folder, 'idp.xml'), provider.metadata())
  const config = join(folder, 'apache.conf')
  await writeFile(config, configText({ folder, port, upstream, accessLog, more }))
  // OpenSSL would read the CA bundle of the system at each sign-in, for nothing: the provider's key is pinned.
  const bundle = ['SSL_CERT_FILE=/dev/null', `SSL_CERT_DIR=${folder}/none`]
  const server = await startServer({
    file: 'env',
    args: [...bundle, 'apache2', '-D', 'FOREGROUND', '-f', config],
    port,
    printed: join(folder, 'apache.txt'),
    ownGroup: true,
  })
  try {
    const cookies = await openSessions(url, provider)
    return { name, url: `${url}${ASKED_PATH}`, pids: [server.pid], cookies: () => cookies, stop: server.stop }
  } catch (error) {
    await server.stop()
    throw error
  } finally {
    await provider.close()
  }
}

function configText({
  folder,
  port,
  upstream,
  accessLog,
  more,
}: ContenderOptions & { port: number; more: string }): string {
  const modules = NEEDED.filter((name) => existsSync(`${MODULES}/mod_${name}.so`))
  const root = process.getuid?.() === 0
  return `
    ServerRoot ${folder}
    ServerName localhost:${port}
    DefaultRuntimeDir ${folder}
    PidFile ${folder}/apache.pid
    ErrorLog ${folder}/error.log
    ${root ? 'User www-data\nGroup www-data' : ''}
    Listen 127.0.0.1:${port}
    ${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
    ${accessLog ? `LogFormat "%h %l %u %t \\"%r\\" %>s %O"\nCustomLog ${folder}/access.log "%h %l %u %t \\"%r\\" %>s %O"` : ''}
    StartServers 2
    ServerLimit 2
    ThreadsPerChild 64
    MaxRequestWorkers 128
    MaxSpareThreads 128
    KeepAlive On
    MaxKeepAliveRequests 0
    KeepAliveTimeout 65
    ${more}
    ProxyPass /mellon/ !
    ProxyPass / ${upstream}/
    <Location />
      MellonEnable auth
      MellonEndpointPath /mellon
      MellonSecureCookie On
      MellonSPPrivateKeyFile ${folder}/sp.key
      MellonSPCertFile ${folder}/sp.crt
      MellonIdPMetadataFile ${folder}/idp.xml
      AuthType Mellon
      Require valid-user
      RequestHeader set X-Operator "expr=%{REMOTE_USER}"
    </Location>`
}
