/** Debian's SimpleSAMLphp as an identity provider in PHP's own server, with keys, configuration and data of its own. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from 'selfsigned'
import { eventually, freePort, isTaken, startProgram } from '../support/process.ts'
import { authsourcesPhp, configPhp, hostedPhp, type Person, type PhpValue } from './simplesamlphp-config.ts'

export interface SimpleSamlPhp {
  readonly url: string
  readonly entityId: string
  readonly metadataUrl: string
  /** Gives it the metadata of the service provider. */
  meet(metadata: string): Promise<void>
  /** Address at which a sign-in starts there. */
  startUrl(serviceProvider: string, relayState: string): string
  close(): Promise<void>
}

export interface SimpleSamlPhpOptions {
  readonly people: readonly Person[]
  /** Settings of saml20-idp-hosted.php. */
  readonly settings?: Readonly<Record<string, PhpValue>>
  /** Encrypts with AES-GCM where it would with AES-CBC. */
  readonly gcm?: boolean
  /** One of its own address unless given. */
  readonly entityId?: string
  /** Keys that no other has. */
  readonly ownKeys?: boolean
}

const ROUTER = fileURLToPath(new URL('router.php', import.meta.url))
const makeKeys = () =>
  generate([{ name: 'commonName', value: 'SimpleSAMLphp' }], { keySize: 2048, algorithm: 'sha256' })
/** An RSA key takes a while; all providers of a test file share one unless told otherwise. */
const shared = makeKeys()

export async function openSimpleSamlPhp(options: SimpleSamlPhpOptions): Promise<SimpleSamlPhp> {
  const { people, settings = {}, gcm = false, ownKeys = false } = options
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simplesamlphp-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const { entityId = `${url}/simplesamlphp` } = options
  for (const name of ['cert', 'log', 'data', 'temp', 'metadata']) await mkdir(join(folder, name))
  const { private: key, cert } = await (ownKeys ? makeKeys() : shared)
  const files = {
    'cert/idp.key': key,
    'cert/idp.crt': cert,
    'config.php': configPhp(folder, url, []),
    'authsources.php': authsourcesPhp(people),
    'metadata/saml20-idp-hosted.php': hostedPhp(entityId, settings),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const env = { SIMPLESAMLPHP_CONFIG_DIR: folder, INTEROP_GCM: gcm ? '1' : '0' }
  const server = startProgram('php', ['-d', 'opcache.enable=0', '-S', `127.0.0.1:${port}`, ROUTER], {
    env,
    cwd: folder,
  })
  await eventually(() => isTaken(port), Boolean, 20)
  return {
    url,
    entityId,
    metadataUrl: `${url}/saml2/idp/metadata.php?output=xml`,
    async meet(metadata) {
      const file = join(folder, 'service-provider.xml')
      await writeFile(file, metadata)
      await writeFile(join(folder, 'config.php'), configPhp(folder, url, [file]))
    },
    startUrl: (serviceProvider, relayState) =>
      `${url}/saml2/idp/SSOService.php?${new URLSearchParams({ spentityid: serviceProvider, RelayState: relayState })}`,
    async close() {
      server.signal('SIGTERM')
      await server.ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
