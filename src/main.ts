/** The process: configuration → app → listen → drain on SIGTERM. */

import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type Gateway, gateway } from './app.ts'
import type { Config, Listen, Problem } from './config/config.ts'
import { formatProblem } from './config/problem.ts'
import { AppError } from './core/errors.ts'
import { errorFields, type Log } from './core/log.ts'
import { pinoLog } from './core/pino-log.ts'
import { systemRandom } from './core/random.ts'
import type { Result } from './core/result.ts'
import { systemClock } from './core/time.ts'
import { type DataDirectory, holdDataDirectory } from './store/data-directory.ts'

/** How long requests under way may take to finish after SIGTERM. */
const DRAIN_MILLISECONDS = 10_000
/** npm sends SIGINT to the process that the terminal has signalled already. */
const SECOND_SIGINT_MILLISECONDS = 1000

export interface ServeParts {
  /** Reads the configuration; called at start and at each SIGHUP. */
  readonly loadConfig: () => Promise<Result<Config, readonly Problem[]>>
  /** `--i-know`: services with `authorization: off` are meant. */
  readonly allowsAuthorizationOff: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** Called once it listens. */
  readonly started?: (gateway: Gateway) => Promise<void>
}

/** Runs a gateway until SIGINT or SIGTERM. Throws CONFIG_INVALID or STORE_UNAVAILABLE when it cannot start; then nothing runs. */
export async function serve(parts: ServeParts): Promise<void> {
  const config = await requireConfig(parts)
  const log = pinoLog({ level: parts.logLevel })
  const dataDirectory = holdDataDirectory(config.dataDir)
  try {
    const running = await gateway({ config, clock: systemClock, random: systemRandom, log })
    try {
      await listenUntilStopped({ parts, config, running, dataDirectory, log })
    } finally {
      await running.close()
    }
  } finally {
    dataDirectory.release()
    log.flush()
  }
}

async function requireConfig({ loadConfig, allowsAuthorizationOff }: ServeParts): Promise<Config> {
  const loaded = await loadConfig()
  const problems = loaded.ok ? unintended(loaded.value, allowsAuthorizationOff) : loaded.error.map(formatProblem)
  if (loaded.ok && problems.length === 0) return loaded.value
  throw new AppError('CONFIG_INVALID', problems.join('\n'))
}

/** `authorization: off` opens a whole service, so it must be meant. */
function unintended(config: Config, allowsAuthorizationOff: boolean): readonly string[] {
  if (allowsAuthorizationOff) return []
  return config.services
    .filter((service) => service.authorization === 'off')
    .map((service) => `services: ${service.id} has authorization: off; start with --i-know if that is meant`)
}

interface Running {
  readonly parts: ServeParts
  readonly config: Config
  readonly running: Gateway
  readonly dataDirectory: DataDirectory
  readonly log: Log
}

async function listenUntilStopped({ parts, config, running, dataDirectory, log }: Running): Promise<void> {
  const server = createServer(config.listen, running)
  await listen(server, config.listen)
  const reload = (): void => {
    reloadConfig(parts, running, server).catch((error: unknown) => log.error('reload.failed', errorFields(error)))
  }
  process.on('SIGHUP', reload)
  try {
    dataDirectory.markRunning(process.pid)
    log.info('listening', { host: config.listen.host, port: config.listen.port, publicUrl: config.publicUrl.origin })
    const stopped = stopSignal()
    await parts.started?.(running)
    log.info('stopping', { signal: await stopped })
  } finally {
    process.off('SIGHUP', reload)
    await drain(server, running)
  }
}

function createServer({ tls }: Listen, { handle, handleUpgrade }: Gateway): Server {
  const server = tls === null ? createHttpServer(SERVER_OPTIONS) : createHttpsServer({ ...SERVER_OPTIONS, ...tls })
  server.on('request', handle).on('upgrade', handleUpgrade)
  // Requests with `Expect: 100-continue` are judged like all others; the body is asked for when it is read.
  server.on('checkContinue', handle)
  return server
}

/** Node's strict parser and limits that a slow client cannot stretch. */
const SERVER_OPTIONS = {
  insecureHTTPParser: false,
  requireHostHeader: true,
  maxHeaderSize: 32 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
}

function listen(server: Server, { host, port }: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message
      reject(new AppError('CONFIG_INVALID', `listen: ${host}:${port}: ${reason}`, { cause: error }))
    })
    server.listen(port, host, () => resolve())
  })
}

async function reloadConfig({ loadConfig }: ServeParts, running: Gateway, server: Server): Promise<void> {
  const loaded = await loadConfig()
  if (!loaded.ok) return running.refuseReload(loaded.error.map(formatProblem))
  await running.reload(loaded.value)
  const { tls } = loaded.value.listen
  if (tls !== null && 'setSecureContext' in server) (server as Server & SecureContextHolder).setSecureContext(tls)
}

interface SecureContextHolder {
  setSecureContext(options: { key: string; cert: string }): void
}

/** Resolves with the first SIGTERM or SIGINT; a SIGINT more than a second after the first ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    const received = (signal: NodeJS.Signals): void => {
      const now = systemClock.now()
      if (first !== undefined && signal === 'SIGINT' && now - first > SECOND_SIGINT_MILLISECONDS) process.exit(1)
      first ??= now
      resolve(signal)
    }
    process.on('SIGTERM', received).on('SIGINT', received)
  })
}

/** Takes no new connection, lets requests under way finish, then closes what is left. */
async function drain(server: Server, running: Gateway): Promise<void> {
  running.startDraining()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS)
  await closed
  clearTimeout(timer)
}
