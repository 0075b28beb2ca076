/** Real Redis servers for tests: one, behind a sentinel, or a small cluster. They end with the test or with `close`. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { eventually, freePort, freePorts } from './process.ts'

const SERVER = process.env['GATEHOUSE_TEST_REDIS'] ?? '/usr/bin/redis-server'
const COMMAND = join(SERVER, '../redis-cli')

/** For the option `skip` of a suite: false when there is a redis-server, else why not. */
export const withoutRedis: string | false = existsSync(SERVER) ? false : 'redis-server is not installed'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Runs a command as redis-cli does, and returns what it prints. */
  cli(...words: string[]): string
  /** Stops and goes on without telling anybody (SIGSTOP, SIGCONT). */
  pause(): void
  resume(): void
  /** Ends it at once; nothing is saved. */
  kill(): Promise<void>
  /** Starts it again on the same port, as empty as its configuration and folder let it be. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface RedisOptions {
  /** Further lines of the configuration. */
  readonly lines?: readonly string[]
  /** For redis-cli. */
  readonly password?: string
  readonly port?: number
  /** Options of redis-cli that a server with TLS needs. */
  readonly cliOptions?: readonly string[]
  readonly mode?: readonly string[]
}

/** A server on a free port of 127.0.0.1 that keeps nothing on disk by itself. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { lines = [], password, port = await freePort(), cliOptions = [], mode = [] } = options
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'))
  const file = join(folder, 'redis.conf')
  const first = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'save ""', 'appendonly no', 'daemonize no']
  writeFileSync(file, [...first, ...lines, ''].join('\n'))
  let child: ChildProcess | undefined

  function cli(...words: string[]): string {
    const secret = password === undefined ? [] : ['--no-auth-warning', '-a', password]
    const own = [
      '-h',
      '127.0.0.1',
      ...(cliOptions.includes('-p') ? [] : ['-p', String(port)]),
      ...cliOptions,
      ...secret,
    ]
    return execFileSync(COMMAND, [...own, ...words], {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  }
  async function start(): Promise<void> {
    child = spawn(SERVER, [file, ...mode], { stdio: 'ignore' })
    await eventually(
      async () => answers(() => cli('ping')),
      (answer) => answer,
      10,
    )
  }
  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  await start()
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    cli,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    kill,
    start,
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function answers(ask: () => string): boolean {
  try {
    return ask() === 'PONG'
  } catch {
    return false
  }
}

export interface RedisGroup {
  readonly url: string
  readonly servers: readonly RedisServer[]
  close(): Promise<void>
}

/** What a group of servers asks of who comes. */
export interface RedisSecurity {
  /** Of the servers and, where there are any, the sentinels. */
  readonly password: string
  readonly sentinelPassword?: string
  /** Files of a certificate; with them the servers speak TLS alone. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** The lines and options of a server behind TLS on `port`. */
function tlsOptions(port: number, { key, cert }: { key: string; cert: string }) {
  return {
    port: 0,
    lines: [
      `tls-port ${port}`,
      'tls-auth-clients no',
      'tls-replication yes',
      ...[`tls-cert-file ${cert}`, `tls-key-file ${key}`, `tls-ca-cert-file ${cert}`],
    ],
    cliOptions: ['--tls', '--cacert', cert, '-p', String(port)],
  }
}

/** One server behind one sentinel, each with a password, under TLS where `tls` is given. */
export async function startSecuredSentinel(
  security: RedisSecurity & { sentinelPassword: string },
): Promise<RedisGroup> {
  const { password, sentinelPassword, tls } = security
  const [serverPort, sentinelPort] = [await freePort(), await freePort()]
  const of = (port: number) => (tls === undefined ? { port, lines: [], cliOptions: [] } : tlsOptions(port, tls))
  const server = of(serverPort)
  const master = await startRedis({ ...server, password, lines: [...server.lines, `requirepass ${password}`] })
  const watch = of(sentinelPort)
  const lines = [
    ...watch.lines,
    `requirepass ${sentinelPassword}`,
    `sentinel monitor gate 127.0.0.1 ${serverPort} 1`,
    `sentinel auth-pass gate ${password}`,
  ]
  const sentinel = await startRedis({ ...watch, lines, password: sentinelPassword, mode: ['--sentinel'] })
  const scheme = tls === undefined ? 'redis' : 'rediss'
  return {
    url: `${scheme}+sentinel://:${password}@127.0.0.1:${sentinelPort}/gate?sentinel=:${sentinelPassword}`,
    servers: [master, sentinel],
    close: () => closeAll([sentinel, master]),
  }
}

/** Three masters under TLS with a password, which name themselves `localhost`. */
export async function startSecuredCluster({
  password,
  tls,
}: Required<Omit<RedisSecurity, 'sentinelPassword'>>): Promise<RedisGroup> {
  const first = await freePorts(3)
  const servers: RedisServer[] = []
  for (const port of [first, first + 1, first + 2]) {
    const { lines, ...options } = tlsOptions(port, tls)
    const names = ['cluster-announce-hostname localhost', 'cluster-preferred-endpoint-type hostname']
    const own = ['tls-cluster yes', `requirepass ${password}`, `masterauth ${password}`, ...CLUSTER_LINES, ...names]
    servers.push(await startRedis({ ...options, password, lines: [...lines, ...own] }))
  }
  const ports = [first, first + 1, first + 2]
  const secure = ['--tls', '--cacert', tls.cert, '--no-auth-warning', '-a', password]
  await joinCluster(servers, ports, secure)
  const nodes = ports.map((port) => `localhost:${port}`)
  return { url: `rediss+cluster://:${password}@${nodes.join(',')}`, servers, close: () => closeAll(servers) }
}

const CLUSTER_LINES = ['cluster-enabled yes', 'cluster-node-timeout 1000']

async function joinCluster(
  servers: readonly RedisServer[],
  ports: readonly number[],
  options: readonly string[] = [],
): Promise<void> {
  const nodes = ports.map((port) => `127.0.0.1:${port}`)
  execFileSync(COMMAND, [...options, '--cluster', 'create', ...nodes, '--cluster-yes'], { timeout: 30_000 })
  const ready = async () => servers.every((each) => each.cli('cluster', 'info').includes('cluster_state:ok'))
  await eventually(ready, (all) => all, 20)
}

/** Two servers, the second a replica of the first, and a sentinel that replaces a master that is silent for a second. */
export async function startSentinel(): Promise<RedisGroup> {
  const master = await startRedis()
  const replica = await startRedis({ lines: [`replicaof 127.0.0.1 ${master.port}`] })
  const lines = [
    `sentinel monitor gate 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds gate 1000',
    'sentinel failover-timeout gate 3000',
  ]
  const sentinel = await startRedis({ lines, mode: ['--sentinel'] })
  const knows = async () => sentinel.cli('sentinel', 'replicas', 'gate').includes(String(replica.port))
  await eventually(knows, (found) => found, 15)
  const linked = async () => replica.cli('info', 'replication').includes('master_link_status:up')
  await eventually(linked, (up) => up, 15)
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/gate`,
    servers: [master, replica, sentinel],
    close: () => closeAll([sentinel, replica, master]),
  }
}

/** Three masters that share the slots. */
export async function startCluster(): Promise<RedisGroup> {
  // Their bus is 10,000 higher.
  const first = await freePorts(3)
  const ports = [first, first + 1, first + 2]
  const servers: RedisServer[] = []
  for (const port of ports) servers.push(await startRedis({ port, lines: CLUSTER_LINES }))
  await joinCluster(servers, ports)
  const nodes = ports.map((port) => `127.0.0.1:${port}`)
  return { url: `redis+cluster://${nodes.join(',')}`, servers, close: () => closeAll(servers) }
}

async function closeAll(servers: readonly RedisServer[]): Promise<void> {
  for (const server of servers) await server.close()
}
