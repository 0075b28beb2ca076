/** A house under https with services on hosts of their own. */

import type { WireReply } from './browser/wire.ts'
import { send } from './browser/wire.ts'
import type { Browser, Page } from './browser.ts'
import { type House, type HouseOptions, openHouse } from './house.ts'

export const GATE = 'https://gate.test'
/** On the site of the public URL. */
export const LIC = 'https://lic.gate.test'
/** On another site, with a port. */
export const PORTAL = 'https://portal.other.example:8443'
/** The public URL's own host on another port, to which its cookies come along. */
export const SIDE = 'https://gate.test:9443'

const HOSTS = [LIC, PORTAL, SIDE].map((origin) => new URL(origin).host)

/** Services: `app` at /app/ of the public URL, `lic`, `portal` at /portal/, `side`, and `any` at /any/ of every host. */
export async function openHouseWithHosts(options: HouseOptions = {}): Promise<House> {
  const house = await openHouse({ ...options, https: true, otherHosts: HOSTS })
  await serveHosts(house, options.top)
  return house
}

/** Puts these services in force, with `top` laid over the configuration. */
export async function serveHosts(house: House, top: HouseOptions['top'] = {}): Promise<void> {
  const service = { profile: 'web-application', upstream: house.upstream.url }
  const [lic, portal, side] = HOSTS
  const services = [
    { ...service, id: 'app', match: { path: '/app/' } },
    { ...service, id: 'any', match: { path: '/any/' } },
    { ...service, id: 'lic', match: { host: lic } },
    { ...service, id: 'portal', match: { host: portal, path: '/portal/' } },
    { ...service, id: 'side', match: { host: side } },
  ]
  await house.reload({ top: { services, ...top } })
}

/** One request to an address of the house, without a browser; it asks for a page unless `accept` says otherwise. */
export function ask(
  house: House,
  address: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<WireReply> {
  const sent = { accept: 'text/html', ...headers }
  return send({
    url: new URL(address),
    method,
    headers: sent,
    body: undefined,
    port: house.port,
    ca: house.certificate,
  })
}

/** Opens an address and signs in at the provider that it leads to. */
export async function signInAt(visitor: Browser, address: string, account: string): Promise<Page> {
  await visitor.goto(address)
  await visitor.submitForm(visitor.page(), { button: account })
  return visitor.submitForm()
}

/** Status and where to, of every hop. */
export function way({ hops }: Page): readonly string[] {
  return hops.map(({ url, status }) => `${status} ${url.origin}${url.pathname}`)
}

/** Value of a cookie that the browser has for the host of an origin. */
export function secretOn(visitor: Browser, origin: string, name = '__Host-gatehouse'): string | undefined {
  const { hostname } = new URL(origin)
  return visitor.cookies.list().find((cookie) => cookie.domain === hostname && cookie.name === name)?.value
}
