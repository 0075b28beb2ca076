/**
 * A minimal browser for tests over real HTTP: it keeps and sends cookies, follows redirects, and tells where a request comes
 * from the way Chrome does, and it runs no script. Every host name is 127.0.0.1.
 */

import type { IncomingHttpHeaders } from 'node:http'
import { type Clock, systemClock } from '../../src/core/time.ts'
import { type CookieJar, cookieJar } from './browser/cookie-jar.ts'
import { type Form, readForms, readLinks } from './browser/document.ts'
import { formActionAllows } from './browser/form-action.ts'
import { provenanceHeaders, referrerPolicyOf } from './browser/request-headers.ts'
import { send } from './browser/wire.ts'

export interface Hop {
  readonly url: URL
  readonly method: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Headers that were sent. */
  readonly sent: Readonly<Record<string, string>>
}

export interface Page {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Every request it took, the last one included. */
  readonly hops: readonly Hop[]
}

export interface ScriptRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** As in `fetch()`; same-origin unless given. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
}

export interface Submission {
  /** Value, name or text of the button to press; without it the form is sent as `form.submit()` does. */
  readonly button?: string
  /** Laid over the form's own values. */
  readonly fields?: Readonly<Record<string, string>>
}

export interface Browser {
  readonly cookies: CookieJar
  /** The page that is shown. Throws before the first `goto`. */
  page(): Page
  /** Opens an address as if it was typed. */
  goto(url: string): Promise<Page>
  /** Follows the link of the shown page with that text or href. */
  click(link: string): Promise<Page>
  /** Sends the first form of `page` (the shown page unless given) that has the button. Throws where `form-action` forbids it. */
  submitForm(page?: Page, submission?: Submission): Promise<Page>
  /** Repeats the request that brought the shown page, a POST included. */
  reload(): Promise<Page>
  /** A request by script of the shown page. No preflight is sent, and the answer is given even where CORS would hide it. */
  fetch(url: string, request?: ScriptRequest): Promise<Page>
}

export interface BrowserOptions {
  /** For the life of cookies. */
  readonly clock?: Clock
  /** `host` or `host:port` of an address → the port on 127.0.0.1 that serves it. */
  readonly hosts?: Readonly<Record<string, number>>
  /** PEM text of a certificate to trust. */
  readonly ca?: string
}

interface Navigation {
  readonly url: URL
  readonly method: string
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly initiator: Page | null
  readonly mode: 'navigate' | 'cors'
  readonly credentials: 'omit' | 'same-origin' | 'include'
  /** Whether the `form-action` of the initiator holds. */
  readonly isForm?: boolean
}

const FORM = 'application/x-www-form-urlencoded'
const MAX_REDIRECTS = 20
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** A fresh browser without cookies. */
export function browser({ clock = systemClock, hosts = {}, ca }: BrowserOptions = {}): Browser {
  const cookies = cookieJar({ clock })
  const load = loader({ cookies, hosts, ca })
  let shown: { page: Page; how: Navigation } | undefined
  const page = () => present(shown).page
  async function show(how: Navigation): Promise<Page> {
    const loaded = await load(how)
    shown = { page: loaded, how: { ...how, ...final(how, loaded) } }
    return loaded
  }
  const navigation = { mode: 'navigate', credentials: 'include' } as const
  return {
    cookies,
    page,
    goto: (url) => show({ ...navigation, url: new URL(url), method: 'GET', initiator: null }),
    click(text) {
      const link = readLinks(page().text).find((each) => each.text === text || each.href === text)
      if (link === undefined) throw new Error(`no link "${text}" on ${page().url.href}`)
      return show({ ...navigation, url: new URL(link.href, page().url), method: 'GET', initiator: page() })
    },
    submitForm: (from = page(), submission = {}) =>
      show({ ...navigation, ...filledIn(from, submission), initiator: from, isForm: true }),
    reload: () => show(present(shown).how),
    fetch(url, { method = 'GET', headers = {}, body, credentials = 'same-origin' } = {}) {
      const initiator = page()
      return load({ url: new URL(url, initiator.url), method, headers, body, credentials, initiator, mode: 'cors' })
    },
  }
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('no page is open yet: call goto first')
  return value
}

/** What a reload repeats: the last request, with its body if it was still sent there. */
function final(how: Navigation, { hops }: Page): Pick<Navigation, 'url' | 'method' | 'body'> {
  const last = hops.at(-1)
  if (last === undefined) return how
  return { url: last.url, method: last.method, body: last.method === how.method ? how.body : undefined }
}

function loader({
  cookies,
  hosts,
  ca,
}: {
  cookies: CookieJar
  hosts: Readonly<Record<string, number>>
  ca: string | undefined
}) {
  /** One request with its cookies, both ways. */
  async function hop(how: Navigation, chain: readonly URL[], { method, body }: Pick<Navigation, 'method' | 'body'>) {
    const url = present(chain.at(-1))
    const initiator = how.initiator && {
      url: how.initiator.url,
      referrerPolicy: referrerPolicyOf(headerText(how.initiator, 'referrer-policy')),
    }
    const context = { url, method, initiator: initiator?.url ?? null, topLevel: how.mode === 'navigate' }
    const withCookies =
      how.credentials === 'include' || (how.credentials === 'same-origin' && initiator?.url.origin === url.origin)
    const cookie = withCookies ? cookies.header(context) : undefined
    const sent = {
      accept: how.mode === 'navigate' ? 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' : '*/*',
      ...(body === undefined ? {} : { 'content-type': how.isForm ? FORM : 'text/plain;charset=UTF-8' }),
      ...how.headers,
      ...provenanceHeaders({ initiator, method, chain, mode: how.mode }),
      ...(cookie === undefined ? {} : { cookie }),
    }
    const reply = await send({ url, method, headers: sent, body, port: hosts[url.host], ca })
    if (withCookies) cookies.store(reply.headers['set-cookie'] ?? [], context)
    return { reply, hop: { url, method, status: reply.status, headers: reply.headers, sent } }
  }

  return async function load(how: Navigation): Promise<Page> {
    const hops: Hop[] = []
    const chain = [how.url]
    let { method, body }: Pick<Navigation, 'method' | 'body'> = how
    while (chain.length <= MAX_REDIRECTS) {
      const url = present(chain.at(-1))
      checkFormAction(how, url)
      const { reply, hop: done } = await hop(how, chain, { method, body })
      hops.push(done)
      const location = reply.headers.location
      if (!REDIRECTS.has(reply.status) || location === undefined) return { url, ...reply, hops }
      if (becomesGet(reply.status, method)) {
        method = 'GET'
        body = undefined
      }
      chain.push(withFragment(new URL(location, url), url))
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects from ${how.url.href}`)
  }
}

function checkFormAction({ isForm = false, initiator }: Navigation, url: URL): void {
  if (!isForm || initiator === null) return
  const policies = headerText(initiator, 'content-security-policy')
  if (formActionAllows(policies, initiator.url, url)) return
  throw new Error(`form-action of ${initiator.url.href} does not allow ${url.origin}: ${policies}`)
}

/** Fetch Standard, HTTP-redirect fetch, step 12. */
function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

/** A redirect without a fragment of its own keeps the old one. */
function withFragment(next: URL, previous: URL): URL {
  if (next.hash === '') next.hash = previous.hash
  return next
}

function headerText({ headers }: Page, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}

function filledIn(page: Page, { button, fields = {} }: Submission): Pick<Navigation, 'url' | 'method' | 'body'> {
  const pressed = (form: Form) => form.buttons.find((each) => isNamed(each, button))
  const form = readForms(page.text).find((each) => button === undefined || pressed(each) !== undefined)
  if (form === undefined) {
    throw new Error(`no form${button === undefined ? '' : ` with a button "${button}"`} on ${page.url.href}`)
  }
  const data = new URLSearchParams(form.fields.map(([name, value]) => [name, fields[name] ?? value]))
  const by = button === undefined ? undefined : pressed(form)
  if (by !== undefined && by.name !== null) data.append(by.name, by.value)
  const url = new URL(form.action, page.url)
  if (form.method === 'POST') return { url, method: 'POST', body: data.toString() }
  url.search = data.toString()
  return { url, method: 'GET' }
}

function isNamed({ name, value, text }: Form['buttons'][number], wanted: string | undefined): boolean {
  return wanted !== undefined && [value, name, text].includes(wanted)
}
