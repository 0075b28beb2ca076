/** Steps that e2e tests take in a house, and what they look up in it afterwards. */

import assert from 'node:assert/strict'
import supertest, { type Test } from 'supertest'
import { type Clock, type Instant, instant, systemClock } from '../../src/core/time.ts'
import { checkContent } from '../../src/directory/file/read.ts'
import type { AuditRecord, Operator, Trace } from '../../src/store/ports.ts'
import { readForms } from './browser/document.ts'
import type { Browser, Page } from './browser.ts'
import type { House } from './house.ts'

export const ADA = 'ada.admin@demo.example'
export const OTTO = 'otto.operator@demo.example'
export const NORA = 'nora.newcomer@demo.example'
/** His provider ends the session after 10 minutes. */
export const SAM = 'sam.shortsession@demo.example'

export const USER = 'web-application:user'
export const ACS = '/.gatehouse/saml/acs'

export interface TestClock extends Clock {
  /** Moves on by minutes and seconds. */
  advance(by: { minutes?: number; seconds?: number }): void
}

/** A clock that stands still, at the present second, until it is moved. */
export function testClock(): TestClock {
  let now = Math.floor(systemClock.now() / 1000) * 1000
  return {
    now: (): Instant => instant(now),
    advance({ minutes = 0, seconds = 0 }) {
      now += Math.round((minutes * 60 + seconds) * 1000)
    },
  }
}

/** The fields of a message on its way to the assertion consumer. */
export interface Message {
  readonly SAMLResponse: string
  readonly RelayState?: string
}

/** Goes from a page of ours to the provider and chooses an account there; the answer stays in the browser, unsent. */
export async function answerFor(
  house: House,
  visitor: Browser,
  { account = ADA, path = '/app/' }: { account?: string; path?: string } = {},
): Promise<Message> {
  await visitor.goto(`${house.url}${path}`)
  return messageOn(await visitor.submitForm(visitor.page(), { button: account }))
}

/** Starts at the provider's own page instead. */
export async function unsolicitedFor(
  visitor: Browser,
  { provider, account = ADA, relayState = '' }: { provider: { url: string }; account?: string; relayState?: string },
): Promise<Message> {
  await visitor.goto(provider.url)
  return messageOn(await visitor.submitForm(visitor.page(), { button: account, fields: { relayState } }))
}

/** The message in the form of a page. */
export function messageOn(page: Page): Message {
  const fields = Object.fromEntries(readForms(page.text)[0]?.fields ?? [])
  const { SAMLResponse, RelayState } = fields
  if (SAMLResponse === undefined) throw new Error(`no message on ${page.url.href}: ${page.text}`)
  return { SAMLResponse, ...(RelayState === undefined ? {} : { RelayState }) }
}

/** Posts a message as a program does that has these cookies; the answer is problem+json or a redirect. */
export function post(house: House, message: object, cookies: string | Browser = ''): Test {
  const cookie = typeof cookies === 'string' ? cookies : cookieHeader(cookies)
  const sent = supertest(house.url).post(ACS).type('form').set('Origin', house.provider.url)
  return (cookie === '' ? sent : sent.set('Cookie', cookie)).send(message)
}

/** A request without a browser; cookies are those of one, where given. */
export function get(house: House, path: string, cookies: string | Browser = ''): Test {
  const cookie = typeof cookies === 'string' ? cookies : cookieHeader(cookies)
  const sent = supertest(house.url).get(path)
  return cookie === '' ? sent : sent.set('Cookie', cookie)
}

/** All cookies of a browser as a Cookie header. */
export function cookieHeader(visitor: Browser): string {
  return visitor.cookies
    .list()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

/** Value of a cookie of the browser. */
export function cookieOf(visitor: Browser, name: string): string | undefined {
  return visitor.cookies.list().find((cookie) => cookie.name === name)?.value
}

/** Set-Cookie headers of an answer. */
export function setCookies(answer: { headers: unknown }): readonly string[] {
  const { 'set-cookie': lines = [] } = answer.headers as { 'set-cookie'?: readonly string[] }
  return lines
}

/** What `GET session` says to the browser, as JSON. */
export async function sessionOf(house: House, visitor: Browser, query = '') {
  const answer = await get(house, `/.gatehouse/session${query}`, visitor)
  return { status: answer.status, body: answer.body, text: answer.text }
}

/** The trace kept under the reference that an answer shows. */
export async function traceOf(house: House, answer: { text: string }): Promise<Trace> {
  const reference = /\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b/.exec(answer.text)?.[0]
  assert.ok(reference, `no reference in ${answer.text}`)
  const trace = await house.gateway.store.traces.load(reference)
  assert.ok(trace, `no trace under ${reference}`)
  return trace
}

/** The audit records of the events, in order. */
export async function auditOf(house: House, ...events: readonly string[]): Promise<readonly AuditRecord[]> {
  const all = await house.gateway.store.audit.list({ limit: 1000 })
  return all.filter(({ event }) => events.length === 0 || events.includes(event))
}

export function operatorOf(house: House, account: string, provider = 'demo'): Promise<Operator | undefined> {
  return house.gateway.store.operators.find(provider, account)
}

/** An operator made beforehand, with the role of users. */
export function createUser(house: House, account: string, provider = 'demo'): Promise<Operator> {
  const roles = [{ role: USER, service: null }]
  return house.gateway.directory.create({ account, provider, displayName: null, roles }, null)
}

/** Applies a directory file, which must be without problems. */
export async function applyDirectory(house: House, content: object): Promise<void> {
  const file = checkContent(content)
  if (!file.ok) assert.fail(JSON.stringify(file.error))
  const options = { providers: ['demo', 'local'], defaultProvider: 'demo', prune: false }
  const done = await house.gateway.files.apply(file.value, options, null)
  assert.ok(done.ok, JSON.stringify(done))
}
