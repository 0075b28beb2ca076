/** Apache with a SAML module in front of the service, set up as its documentation says and without what makes it slow. */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { freePort } from '../../support/process.ts'
import { ASKED_PATH } from '../forwarding/contender.ts'
import { type RunningServer, startServer } from '../forwarding/server.ts'
import type { SignInContender, SignInContenderOptions } from './contender.ts'

const MODULES = '/usr/lib/apache2/modules'
const NEEDED = ['authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http']
const SHIBBOLETH_MODULE = `${MODULES}/mod_shib.so`

/** What Debian has Shibboleth SP in. */
export const SHIBBOLETH = { file: SHIBBOLETH_MODULE, package: 'libapache2-mod-shib' }

/** Two threads that read the provider's metadata at once break each other in Lasso, which mellon uses: it gets processes. */
const WORKERS = {
  prefork: 'StartServers 10\nMinSpareServers 10\nMaxSpareServers 16\nMaxRequestWorkers 16',
  event: 'StartServers 1\nServerLimit 1\nThreadsPerChild 64\nMaxRequestWorkers 64',
}

/** Without MellonIdPCAFile; its sessions are as many as by default. */
export async function startMellon({ folder, upstream, provider }: SignInContenderOptions): Promise<SignInContender> {
  const port = await prepare(folder, provider.metadata)
  const location = `
      MellonEnable auth
      MellonEndpointPath /mellon
      MellonSPPrivateKeyFile ${folder}/sp.key
      MellonSPCertFile ${folder}/sp.crt
      MellonIdPMetadataFile ${folder}/idp.xml
      AuthType Mellon
      Require valid-user`
  const loads = `LoadModule auth_mellon_module ${MODULES}/mod_auth_mellon.so`
  const server = await startApache({ folder, port, upstream, loads, location, own: '/mellon/', mpm: 'prefork' })
  return {
    name: 'Apache, mod_auth_mellon',
    ...sideOf(port, { metadata: '/mellon/metadata', acs: '/mellon/postResponse' }),
    pids: [server.pid],
    stop: server.stop,
  }
}

/** Apache and shibd, which does the work; sessions and replay cache in its memory. */
export async function startShibboleth({
  folder,
  upstream,
  provider,
}: SignInContenderOptions): Promise<SignInContender> {
  const port = await prepare(folder, provider.metadata)
  const side = sideOf(port, { metadata: '/shibboleth', acs: '/Shibboleth.sso/SAML2/POST' })
  const configFile = join(folder, 'shibboleth2.xml')
  const daemonPort = await freePort()
  await writeFile(configFile, shibbolethText(folder, daemonPort, side.entityId))
  const daemon = await startServer({
    file: 'shibd',
    args: ['-F', '-f', '-c', configFile, '-p', join(folder, 'shibd.pid')],
    port: daemonPort,
    printed: join(folder, 'shibd.txt'),
  })
  const location = 'AuthType shibboleth\nShibRequestSetting requireSession true\nRequire shib-session'
  const loads = `LoadModule mod_shib ${SHIBBOLETH_MODULE}\nShibConfig ${configFile}`
  try {
    const apache = await startApache({ folder, port, upstream, loads, location, own: '/Shibboleth.sso/', mpm: 'event' })
    const stop = async () => {
      await apache.stop()
      await daemon.stop()
    }
    return { name: 'Apache, Shibboleth SP', ...side, pids: [apache.pid, daemon.pid], stop }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}

async function prepare(folder: string, metadata: string): Promise<number> {
  const keys = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
  await writeFile(join(folder, 'sp.key'), keys.private)
  await writeFile(join(folder, 'sp.crt'), keys.cert)
  await writeFile(join(folder, 'idp.xml'), metadata)
  return freePort()
}

function sideOf(port: number, paths: { metadata: string; acs: string }) {
  const url = `http://localhost:${port}`
  const askedUrl = `${url}${ASKED_PATH}`
  return { entityId: `${url}${paths.metadata}`, acsUrl: `${url}${paths.acs}`, relayState: askedUrl, askedUrl }
}

async function startApache({
  folder,
  port,
  upstream,
  loads,
  location,
  own,
  mpm,
}: {
  folder: string
  port: number
  upstream: string
  loads: string
  location: string
  /** Path below which the module answers itself. */
  own: string
  mpm: keyof typeof WORKERS
}): Promise<RunningServer> {
  const modules = NEEDED.filter((name) => existsSync(`${MODULES}/mod_${name}.so`))
  const text = `
    ServerRoot ${folder}
    ServerName http://localhost:${port}
    UseCanonicalName On
    DefaultRuntimeDir ${folder}
    PidFile ${folder}/apache.pid
    ErrorLog ${folder}/error.log
    LogLevel error
    ${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
    Listen 127.0.0.1:${port}
    ${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
    ${loads}
    LoadModule mpm_${mpm}_module ${MODULES}/mod_mpm_${mpm}.so
    ${WORKERS[mpm]}
    KeepAlive On
    MaxKeepAliveRequests 0
    KeepAliveTimeout 65
    ProxyPass ${own} !
    ProxyPass / ${upstream}/
    <Location />
      ${location}
    </Location>`
  const config = join(folder, 'apache.conf')
  await writeFile(config, text)
  // OpenSSL would read the CA bundle of the system at each of mellon's sign-ins, for nothing: the provider's key is pinned.
  const bundle = ['SSL_CERT_FILE=/dev/null', `SSL_CERT_DIR=${folder}/none`]
  const args = [...bundle, 'apache2', '-D', 'FOREGROUND', '-f', config]
  return startServer({ file: 'env', args, port, printed: join(folder, 'apache.txt'), ownGroup: true })
}

function shibbolethText(folder: string, port: number, entityId: string): string {
  return `<SPConfig xmlns="urn:mace:shibboleth:3.0:native:sp:config" clockSkew="180">
  <OutOfProcess logger="console.logger"/>
  <InProcess logger="console.logger"/>
  <TCPListener address="127.0.0.1" port="${port}"/>
  <ApplicationDefaults entityID="${entityId}" REMOTE_USER="mail">
    <Sessions lifetime="28800" timeout="3600" relayState="ss:mem" checkAddress="false" handlerSSL="false"
              cookieProps="http" redirectLimit="exact">
      <SSO entityID="urn:nobody">SAML2</SSO>
    </Sessions>
    <MetadataProvider type="XML" path="${folder}/idp.xml"/>
    <AttributeExtractor type="XML" reloadChanges="false" path="attribute-map.xml"/>
    <AttributeFilter type="XML" path="attribute-policy.xml"/>
    <CredentialResolver type="File" key="${folder}/sp.key" certificate="${folder}/sp.crt"/>
  </ApplicationDefaults>
  <SecurityPolicyProvider type="XML" path="security-policy.xml"/>
  <ProtocolProvider type="XML" reloadChanges="false" path="protocols.xml"/>
</SPConfig>
`
}
