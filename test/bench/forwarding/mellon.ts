/** Apache with mod_auth_mellon in front of the service, and a session that a real sign-in opened. */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { openTestIdentityProvider } from '../../support/demo-idp.ts'
import { freePort } from '../../support/process.ts'
import { ASKED_PATH, type Contender, type ContenderOptions } from './contender.ts'
import { startServer } from './server.ts'
import { signIn } from './sign-in.ts'

const MODULES = '/usr/lib/apache2/modules'
const NEEDED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http', 'auth_mellon']

export async function startMellon({ folder, upstream, accessLog }: ContenderOptions): Promise<Contender> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const serviceProvider = { entityId: `${url}/mellon/metadata`, acsUrl: `${url}/mellon/postResponse` }
  const provider = await openTestIdentityProvider({ serviceProvider })
  const keys = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
  await writeFile(join(folder, 'sp.key'), keys.private)
  await writeFile(join(folder, 'sp.crt'), keys.cert)
  await writeFile(join(folder, 'idp.xml'), provider.metadata())
  const config = join(folder, 'apache.conf')
  await writeFile(config, configText({ folder, port, upstream, accessLog }))
  const printed = join(folder, 'apache.txt')
  const server = await startServer({
    file: 'apache2',
    args: ['-D', 'FOREGROUND', '-f', config],
    port,
    printed,
    ownGroup: true,
  })
  try {
    const visitor = await signIn(`${url}${ASKED_PATH}`)
    const cookies = visitor.cookies.header({ url: new URL(url), method: 'GET', initiator: null, topLevel: true }) ?? ''
    return {
      name: 'Apache, mod_auth_mellon',
      url: `${url}${ASKED_PATH}`,
      pids: [server.pid],
      cookies: () => [cookies],
      stop: server.stop,
    }
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
}: Omit<ContenderOptions, 'folder'> & { folder: string; port: number }): string {
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
