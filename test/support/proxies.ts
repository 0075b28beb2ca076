/** A house behind one of the proxies of config/examples, which forwards to the echo upstream and asks the gateway. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Browser, browser } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { listenOn } from './house-parts.ts'
import { freePort } from './process.ts'
import { type RunningServer, startServer } from './servers.ts'

export type ProxyName = 'nginx' | 'caddy'

export interface ProxiedHouse {
  readonly house: House
  /** Of the proxy. */
  readonly port: number
  browser(): Browser
  output(): string
  close(): Promise<void>
}

/** publicUrl's host and that of a service, both served by the proxy. */
export const GATE = 'gate.test'
export const LIC = 'lic.gate.test'

/** Where the program is, or undefined when this machine does not have it. */
export function programOf(proxy: ProxyName): string | undefined {
  return process.env[`GATEHOUSE_TEST_${proxy.toUpperCase()}`]
}

/** Opens it with the services `app` (/app/, of the public host), `open` (/open/, public) and `lic` (a host of its own). */
export async function openProxiedHouse(proxy: ProxyName, program: string): Promise<ProxiedHouse> {
  const house = await openHouse({ https: true, otherHosts: [LIC] })
  const service = { profile: 'web-application', upstream: house.upstream.url }
  const services = [
    { ...service, id: 'app', match: { path: '/app/' } },
    { ...service, id: 'open', match: { path: '/open/' }, access: 'public' },
    { ...service, id: 'lic', match: { host: LIC } },
  ]
  await house.reload({ top: { services, trustedProxies: ['127.0.0.1/32'] } })
  const inner = createServer((request, response) => house.gateway.handle(request, response))
  inner.on('upgrade', (request, socket, head) => house.gateway.handleUpgrade(request, socket, head))
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-proxy-'))
  const ports = {
    gateway: await listenOn(inner),
    upstream: Number(new URL(house.upstream.url).port),
    own: await freePort(),
  }
  const running = await START[proxy](program, folder, house, ports)
  const hosts = { ...house.hosts, [GATE]: ports.own, [LIC]: ports.own }
  return {
    house,
    port: ports.own,
    browser: () => browser({ hosts, ca: house.certificate ?? '' }),
    output: running.output,
    async close() {
      await running.close()
      inner.closeAllConnections()
      inner.close()
      await house.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Ports {
  readonly gateway: number
  readonly upstream: number
  readonly own: number
}

type Start = (program: string, folder: string, house: House, ports: Ports) => Promise<RunningServer>

const START: Readonly<Record<ProxyName, Start>> = {
  async nginx(program, folder, house, ports) {
    const tls = await writeTls(folder, house)
    const example = await adapted('nginx.conf', ports, [
      ['listen 443 ', `listen 127.0.0.1:${ports.own} `],
      ['/etc/nginx/tls/licences.crt', tls.cert],
      ['/etc/nginx/tls/licences.key', tls.key],
    ])
    const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const folders = bodies.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ')
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    const text = `${user} worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr;
events {}
http { access_log off; ${folders}
${example}
}
`
    const file = join(folder, 'nginx.conf')
    await writeFile(file, text)
    return startServer(program, ['-c', file, '-p', folder, '-g', 'daemon off;'], ports.own)
  },
  async caddy(program, folder, house, ports) {
    const tls = await writeTls(folder, house)
    const site = `${GATE}, ${LIC} {\n`
    const example = await adapted('Caddyfile', ports, [
      [site, `${site}\ttls ${tls.cert} ${tls.key}\n\tbind 127.0.0.1\n`],
    ])
    const options = `{
	admin off
	auto_https disable_redirects
	https_port ${ports.own}
	storage file_system ${folder}
}
`
    const file = join(folder, 'Caddyfile')
    await writeFile(file, options + example)
    const args = ['run', '--config', file, '--adapter', 'caddyfile']
    return startServer(program, args, ports.own, { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder })
  },
}

/** The example with the names and ports of the test; each replacement must find its text. */
async function adapted(name: string, ports: Ports, changes: readonly (readonly [string, string])[]): Promise<string> {
  let text = await readFile(new URL(`../../config/examples/${name}`, import.meta.url), 'utf8')
  for (const [from, to] of [
    ['licences.example.com', GATE],
    ['lic.example.com', LIC],
    ['127.0.0.1:8080', `127.0.0.1:${ports.gateway}`],
    ['127.0.0.1:7070', `127.0.0.1:${ports.upstream}`],
    ...changes,
  ] as const) {
    if (!text.includes(from)) throw new Error(`${name} does not say ${from}`)
    text = text.replaceAll(from, to)
  }
  return text
}

async function writeTls(folder: string, { tls }: House): Promise<{ cert: string; key: string }> {
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  await writeFile(files.cert, tls?.cert ?? '')
  await writeFile(files.key, tls?.key ?? '', { mode: 0o600 })
  return files
}
