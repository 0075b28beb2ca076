/** The gateway as a process and SimpleSAMLphp, each with the other's metadata. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openProcessHouse, type ProcessHouse } from '../e2e/process/house.ts'
import { type Browser, browser, type Page } from '../support/browser.ts'
import { messageOn } from '../support/steps.ts'
import { openSimpleSamlPhp, type SimpleSamlPhp } from './simplesamlphp.ts'
import type { Person, PhpValue } from './simplesamlphp-config.ts'

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

export interface PairOptions {
  /** Laid over the provider `ssp` in the configuration of the gateway. */
  readonly provider?: Readonly<Record<string, unknown>>
  /** Of SimpleSAMLphp, laid over a response and an assertion that are both signed. */
  readonly settings?: Readonly<Record<string, PhpValue>>
  readonly gcm?: boolean
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
})

export interface Pair {
  readonly house: ProcessHouse & { browser(): Browser }
  readonly peer: SimpleSamlPhp
  /** Opens a path of the gateway, as far as the login page of the provider. */
  start(visitor: Browser, path: string): Promise<Page>
  /** Starts at the provider instead. */
  startThere(visitor: Browser, relayState: string): Promise<Page>
  /** Fills in the login page; the message stays in the browser, unsent. Returns its XML. */
  answer(visitor: Browser, person: Person): Promise<string>
  /** All of it, at `/app/`. */
  signIn(person: Person): Promise<Browser>
  /** The same at a second SimpleSAMLphp that gives itself the entity id of the first. */
  signInAtImpostor(person: Person): Promise<Browser>
  sessionOf(visitor: Browser): Promise<z.infer<typeof Session>>
  close(): Promise<void>
}

export async function openPair({
  provider = {},
  settings = {},
  gcm = false,
  byUrl = false,
}: PairOptions): Promise<Pair> {
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const each of closers.toReversed()) await each()
  }
  try {
    const both = { 'saml20.sign.response': true, ...settings }
    const peer = await openSimpleSamlPhp({ people: [ADA, BOB, EVE], settings: both, gcm })
    closers.push(peer.close)
    const metadata = byUrl ? { url: peer.metadataUrl } : { file: 'ssp.xml' }
    const house = await openProcessHouse({
      identityProviders: [{ id: 'ssp', metadata, adminAttribute: 'FnmsAdmin', ...provider }],
    })
    closers.push(house.close)
    await writeFile(join(house.folder, 'ssp.xml'), await textAt(peer.metadataUrl))
    await house.serve()
    const ours = await textAt(`${house.url}/.gatehouse/saml/metadata`)
    await peer.meet(ours)
    return { ...steps({ house, peer, ours, closers }), close }
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
  ours,
  closers,
}: {
  house: ProcessHouse
  peer: SimpleSamlPhp
  ours: string
  closers: (() => Promise<void>)[]
}): Omit<Pair, 'close'> {
  async function start(visitor: Browser, path: string): Promise<Page> {
    const page = await visitor.goto(`${house.url}${path}`)
    // With the POST binding it is a page of ours that carries the request.
    return page.url.origin === house.url ? visitor.submitForm() : page
  }
  const startAt = (visitor: Browser, { startUrl }: SimpleSamlPhp, relayState: string) =>
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
      const impostor = await openSimpleSamlPhp({ people: [person], entityId: peer.entityId, ownKeys: true })
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
