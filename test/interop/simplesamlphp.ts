/** Debian's SimpleSAMLphp as an identity provider in PHP's own server, with keys, configuration and data of its own. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram } from '../support/process.ts'
import { type Peer, type PeerOptions, untilListening } from './peer.ts'
import { peerKeys } from './peer-keys.ts'
import { authsourcesPhp, configPhp, hostedPhp, type PhpValue } from './simplesamlphp-config.ts'

export interface SimpleSamlPhpOptions extends PeerOptions {
  /** Settings of saml20-idp-hosted.php. */
  readonly settings?: Readonly<Record<string, PhpValue>>
  /** Encrypts with AES-GCM of this key length where it would with AES-CBC. */
  readonly gcm?: 128 | 256
}

const ROUTER = fileURLToPath(new URL('router.php', import.meta.url))

export async function openSimpleSamlPhp(options: SimpleSamlPhpOptions): Promise<Peer> {
  const { people, settings = {}, gcm, ownKeys = false } = options
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simplesamlphp-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const { entityId = `${url}/simplesamlphp` } = options
  for (const name of ['cert', 'log', 'data', 'temp', 'metadata']) await mkdir(join(folder, name))
  const { key, cert } = await peerKeys({ own: ownKeys })
  const files = {
    'cert/idp.key': key,
    'cert/idp.crt': cert,
    'config.php': configPhp(folder, url, []),
    'authsources.php': authsourcesPhp(people),
    'metadata/saml20-idp-hosted.php': hostedPhp(entityId, settings),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const env = { SIMPLESAMLPHP_CONFIG_DIR: folder, INTEROP_GCM: gcm === undefined ? '' : String(gcm) }
  const server = startProgram('php', ['-d', 'opcache.enable=0', '-S', `127.0.0.1:${port}`, ROUTER], {
    env,
    cwd: folder,
  })
  const close = async (): Promise<void> => {
    server.signal('SIGTERM')
    await server.ended
    await rm(folder, { recursive: true, force: true })
  }
  await untilListening({ name: 'SimpleSAMLphp', port, server, close })
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
    close,
  }
}
