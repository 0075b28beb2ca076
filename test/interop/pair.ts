/** The gateway as a process and a foreign identity provider, each with the other's metadata. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openProcessHouse, type ProcessHouse } from '../processes/gateway/house.ts'
import { type Browser, browser, type Page } from '../support/browser.ts'
import { messageOn } from '../support/steps.ts'
import type { Peer, PeerOptions, Person } from './peer.ts'

export const ADA: Person = {
  name: 'ada',
  password: 'a "sécret" & more',
  attributes: { mail: ['ada@example.com'], displayName: ['Ada Lovelace'], FnmsAdmin: ['true'] },
}
/** Characters that have to be escaped, and others that must not be. */
export const BOB: Person = {
  name: 'bob',
  password: 'another',
  attributes: {
    mail: ['bob@example.com'],
    displayName: ['Bøb “B” <b@x>'],
    FnmsAdmin: ['false'],
    memberOf: ['nobody', 'Ünïts & <users>'],
  },
}
export const EVE: Person = { name: 'eve', password: 'third', attributes: { mail: ['eve@example.com'] } }

const REFERENCE = /\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b/

export interface PairOptions {
  readonly openPeer: (options: PeerOptions) => Promise<Peer>
  /** Laid over the provider `peer` in the configuration of the gateway. */
  readonly provider?: Readonly<Record<string, unknown>>
  /** The gateway fetches the metadata itself. */
  readonly byUrl?: boolean
}

const Session = z.object({
  operator: z.object({
    account: z.string(),
    displayName: z.string().nullable(),
    roles: z.array(z.object({ name: z.string() })),
  }),
  nameId: z.string(),
  identityProvider: z.string(),
  governedBy: z.string(),
  secondsLeft: z.number(),
})

export interface Pair {
  readonly house: ProcessHouse & { browser(): Browser }
  readonly peer: Peer
  /** Opens a path of the gateway, as far as the login page of the provider. */
  start(visitor: Browser, path: string): Promise<Page>
  /** Starts at the provider instead. */
  startThere(visitor: Browser, relayState: string): Promise<Page>
  /** Fills in the login page; the message stays in the browser, unsent. Returns its XML. */
  answer(visitor: Browser, person: Person): Promise<string>
  /** All of it, at `/app/`. */
  signIn(person: Person): Promise<Browser>
  /** The same at a second provider that gives itself the entity id of the first. */
  signInAtImpostor(person: Person): Promise<Browser>
  sessionOf(visitor: Browser): Promise<z.infer<typeof Session>>
  close(): Promise<void>
}

async function openPair({ openPeer, provider = {}, byUrl = false }: PairOptions): Promise<Pair> {
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const each of closers.toReversed()) await each()
  }
  try {
    const peer = await openPeer({ people: [ADA, BOB, EVE] })
    closers.push(peer.close)
    const metadata = byUrl ? { url: peer.metadataUrl } : { file: 'peer.xml' }
    const house = await openProcessHouse({
      identityProviders: [{ id: 'peer', metadata, adminAttribute: 'FnmsAdmin', ...provider }],
    })
    closers.push(house.close)
    await writeFile(join(house.folder, 'peer.xml'), await textAt(peer.metadataUrl))
    await house.serve()
    const ours = await textAt(`${house.url}/.gatehouse/saml/metadata`)
    await peer.meet(ours)
    return { ...steps({ house, peer, openPeer, ours, closers }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The XML of the message in the form of a page. */
export function messageOf(page: Page): string {
  return Buffer.from(messageOn(page).SAMLResponse, 'base64').toString()
}

function steps({
  house,
  peer,
  openPeer,
  ours,
  closers,
}: {
  house: ProcessHouse
  peer: Peer
  openPeer: PairOptions['openPeer']
  ours: string
  closers: (() => Promise<void>)[]
}): Omit<Pair, 'close'> {
  async function start(visitor: Browser, path: string): Promise<Page> {
    const page = await visitor.goto(`${house.url}${path}`)
    // With the POST binding it is a page of ours that carries the request.
    return page.url.origin === house.url ? visitor.submitForm() : page
  }
  const startAt = (visitor: Browser, { startUrl }: Peer, relayState: string) =>
    visitor.goto(startUrl(`${house.url}/.gatehouse/saml/metadata`, relayState))
  return {
    house: { ...house, browser: () => browser() },
    peer,
    start,
    startThere: (visitor, relayState) => startAt(visitor, peer, relayState),
    answer,
    async signIn(person) {
      const visitor = browser()
      await start(visitor, '/app/')
      await answer(visitor, person)
      await visitor.submitForm()
      return visitor
    },
    async signInAtImpostor(person) {
      const impostor = await openPeer({ people: [person], entityId: peer.entityId, ownKeys: true })
      closers.push(impostor.close)
      await impostor.meet(ours)
      const visitor = browser()
      await startAt(visitor, impostor, '/app/')
      await answer(visitor, person)
      await visitor.submitForm()
      return visitor
    },
    async sessionOf(visitor) {
      const headers = { accept: 'application/json' }
      const { text } = await visitor.fetch(`${house.url}/.gatehouse/session`, { headers })
      return Session.parse(JSON.parse(text))
    },
  }
}

/** Two sides that know each other, for one test. */
export async function withPair(options: PairOptions, use: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await openPair(options)
  try {
    await use(pair)
  } finally {
    await pair.close()
  }
}

export function roleNames({ roles }: { roles: readonly { name: string }[] }): readonly string[] {
  return roles.map(({ name }) => name)
}

/** What the administrator is told about a refusal. */
export async function traceOf({ house }: Pair, { text }: Page): Promise<string> {
  const reference = REFERENCE.exec(text)?.[0]
  if (reference === undefined) throw new Error(`no reference in ${text}`)
  const { stdout } = await house.run('saml', 'trace', reference)
  return stdout
}

async function answer(visitor: Browser, { name, password }: Person): Promise<string> {
  const page = await visitor.submitForm(visitor.page(), { fields: { username: name, password } })
  return messageOf(page)
}

async function textAt(url: string): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 2000)}`)
  return text
}
