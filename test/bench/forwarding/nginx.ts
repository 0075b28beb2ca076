/** nginx in its three parts here: the service behind everything, a bare proxy, and a proxy that asks before it lets pass. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/process.ts'
import { ASKED_PATH, type Contender, type ContenderOptions } from './contender.ts'
import { type RunningServer, startServer } from './server.ts'

const ANSWERER = fileURLToPath(new URL('answerer.ts', import.meta.url))

/** Rows of licences, about a kibibyte of JSON. */
export const ANSWER = JSON.stringify({
  licences: Array.from({ length: 14 }, (_, index) => ({
    feature: `feature-${index}`,
    version: '2026.1',
    count: 50 + index,
    used: 3 * index,
  })),
})

/** The service behind: one worker that answers everything at once from memory. */
export async function startService(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const { stop } = await startNginx(folder, port, {
    accessLog: false,
    http: '',
    server: `default_type application/json; location / { return 200 '${ANSWER}'; }`,
  })
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** `proxy_pass` and nothing else. */
export async function startBareNginx({ folder, upstream, accessLog }: ContenderOptions): Promise<Contender> {
  const port = await freePort()
  const { pid, stop } = await startNginx(folder, port, {
    accessLog,
    http: group('service', upstream),
    server: `location / { ${passTo('service')} }`,
  })
  return contender({ name: 'nginx `proxy_pass`', port, pids: [pid], stop })
}

/** `auth_request` to the answerer, whose answer names the operator to the service. */
export async function startAskingNginx({ folder, upstream, accessLog }: ContenderOptions): Promise<Contender> {
  const [port, answererPort] = [await freePort(), await freePort()]
  const answerer = await startServer({
    file: process.execPath,
    args: [ANSWERER, String(answererPort)],
    port: answererPort,
    printed: join(folder, 'answerer.txt'),
  })
  const nginx = await startNginx(folder, port, {
    accessLog,
    http: group('service', upstream) + group('answerer', `http://127.0.0.1:${answererPort}`),
    server: `
      location / {
        auth_request /answer;
        auth_request_set $operator $upstream_http_x_operator;
        proxy_set_header X-Operator $operator;
        ${passTo('service')}
      }
      location = /answer {
        internal;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Original-URI $request_uri;
        ${passTo('answerer')}
      }`,
  })
  const stop = async (): Promise<void> => void (await Promise.all([nginx.stop(), answerer.stop()]))
  return contender({ name: 'nginx `auth_request`', port, pids: [nginx.pid, answerer.pid], stop })
}

function contender(parts: { name: string; port: number; pids: readonly number[]; stop(): Promise<void> }): Contender {
  const { port, ...rest } = parts
  return { ...rest, url: `http://127.0.0.1:${port}${ASKED_PATH}`, cookies: () => ['sid=0123456789abcdef'] }
}

function group(name: string, url: string): string {
  return `upstream ${name} { server ${new URL(url).host}; keepalive 64; keepalive_requests 100000000; }\n`
}

function passTo(name: string): string {
  return `proxy_pass http://${name}; proxy_http_version 1.1; proxy_set_header Connection "";`
}

interface Parts {
  readonly accessLog: boolean
  /** Directives at the level of http, and of the one server. */
  readonly http: string
  readonly server: string
}

async function startNginx(folder: string, port: number, parts: Parts): Promise<RunningServer> {
  const config = join(folder, 'nginx.conf')
  await writeFile(config, configText(folder, port, parts))
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', config]
  return startServer({ file: 'nginx', args, port, printed: join(folder, 'nginx.txt') })
}

function configText(folder: string, port: number, { accessLog, http, server }: Parts): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    daemon off;
    worker_processes 1;
    pid ${folder}/nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log ${accessLog ? `${folder}/access.log` : 'off'};
      keepalive_requests 100000000;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      ${http}
      server {
        listen 127.0.0.1:${port};
        ${server}
      }
    }`
}
