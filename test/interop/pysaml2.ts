/** Debian's PySAML2 as an identity provider in a process of its own; xmlsec1 signs and encrypts for it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProgram } from '../support/process.ts'
import { type Peer, type PeerOptions, untilListening } from './peer.ts'
import { peerKeys } from './peer-keys.ts'

export interface PySaml2Settings {
  readonly signResponse: boolean
  readonly signAssertion: boolean
  /** Algorithm URIs. */
  readonly signature: string
  readonly digest: string
  /** Algorithm URI of the content, and the session key in the words of xmlsec1. */
  readonly encryption: { readonly content: string; readonly session_key: string } | null
  /** Says so in its metadata, and refuses unsigned requests. */
  readonly wantSigned: boolean
  /** SessionNotOnOrAfter, from now; null: sent without. */
  readonly sessionMinutes: number | null
}

const PYTHON = '/usr/bin/python3'
const PROGRAM = fileURLToPath(new URL('pysaml2_provider.py', import.meta.url))

const DEFAULTS: PySaml2Settings = {
  signResponse: true,
  signAssertion: true,
  signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
  encryption: null,
  wantSigned: false,
  sessionMinutes: null,
}

export async function openPySaml2({
  people,
  entityId: given,
  ownKeys = false,
  settings = {},
}: PeerOptions & { readonly settings?: Partial<PySaml2Settings> }): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pysaml2-'))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const entityId = given ?? `${url}/metadata`
  const { key, cert } = await peerKeys({ own: ownKeys })
  const accounts = Object.fromEntries(people.map(({ name, ...facts }) => [name, facts]))
  const xmlsec1 = process.env['GATEHOUSE_TEST_XMLSEC1']
  const files = {
    'idp.key': key,
    'idp.crt': cert,
    'settings.json': JSON.stringify({ ...DEFAULTS, ...settings, port, entityId, people: accounts, xmlsec1 }),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const server = startProgram(PYTHON, ['-B', PROGRAM, join(folder, 'settings.json')], { cwd: folder })
  const close = async (): Promise<void> => {
    server.signal('SIGTERM')
    await server.ended
    await rm(folder, { recursive: true, force: true })
  }
  await untilListening({ name: 'PySAML2', port, server, close })
  return {
    url,
    entityId,
    metadataUrl: `${url}/metadata`,
    meet: (metadata) => writeFile(join(folder, 'service-provider.xml'), metadata),
    startUrl: (sender, relayState) => `${url}/start?${new URLSearchParams({ sender, RelayState: relayState })}`,
    close,
  }
}
