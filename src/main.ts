/** The process: configuration → app → listen → drain on SIGTERM. */

import { type Gateway, gateway } from './app.ts'
import type { Config, Problem } from './config/config.ts'
import { formatProblem } from './config/problem.ts'
import { AppError, toAppError } from './core/errors.ts'
import { errorFields, type Log } from './core/log.ts'
import { pinoLog } from './core/pino-log.ts'
import { systemRandom } from './core/random.ts'
import { failed, type Result } from './core/result.ts'
import { every, seconds, systemClock } from './core/time.ts'
import { trustedAddresses } from './gateway/client-address.ts'
import { refuseMalformed } from './gateway/raw-refusal.ts'
import type { ConnectionLimits } from './http/connection-limit.ts'
import { openListener } from './http/listener.ts'
import { type DataDirectory, holdDataDirectory } from './store/data-directory.ts'

/** npm sends SIGINT to the process that the terminal has signalled already. */
const SECOND_SIGINT_MILLISECONDS = 1000

/** How soon the end of the parent is noticed. */
const PARENT_POLL = seconds(0.25)

export interface ServeParts {
  /** Reads the configuration; called at start and at each SIGHUP. */
  readonly loadConfig: () => Promise<Result<Config, readonly Problem[]>>
  /** `--i-know`: services with `authorization: off` are meant. */
  readonly allowsAuthorizationOff: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** Id of the process that started this one, where its end is a SIGTERM to this one. */
  readonly parent?: number | undefined
  /** Called once it listens. */
  readonly started?: (gateway: Gateway) => Promise<void>
}

/** Runs a gateway until SIGINT or SIGTERM. Throws CONFIG_INVALID or STORE_UNAVAILABLE when it cannot start; then nothing runs. */
export async function serve(parts: ServeParts): Promise<void> {
  const loaded = await loadIntended(parts)
  if (!loaded.ok) throw new AppError('CONFIG_INVALID', loaded.error.join('\n'))
  const config = loaded.value
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

/** The configuration as it may be put in force, at start and at a reload alike; else its problems, one line each. */
async function loadIntended({
  loadConfig,
  allowsAuthorizationOff,
}: ServeParts): Promise<Result<Config, readonly string[]>> {
  const loaded = await loadConfig()
  if (!loaded.ok) return failed(loaded.error.map(formatProblem))
  const problems = allowsAuthorizationOff ? [] : authorizationOff(loaded.value)
  return problems.length === 0 ? loaded : failed(problems.map(formatProblem))
}

/** `authorization: off` opens a whole service, so it must be meant. */
function authorizationOff({ services }: Config): readonly Problem[] {
  return services.flatMap(({ id, authorization }, index) => {
    if (authorization === 'on') return []
    const message = `every operator with a role could do everything on ${id}; must be on, or start with --i-know`
    return [{ key: `services[${index}].authorization`, value: 'off', message }]
  })
}

interface Running {
  readonly parts: ServeParts
  readonly config: Config
  readonly running: Gateway
  readonly dataDirectory: DataDirectory
  readonly log: Log
}

async function listenUntilStopped({ parts, config, running, dataDirectory, log }: Running): Promise<void> {
  let limits = connectionLimits(config)
  const listener = await openListener(config.listen, {
    ...running,
    handleMalformed: refuseMalformed,
    connectionLimits: () => limits,
    connectionsLimited: (address) => log.warn('connections.limited', { address, limit: limits.perAddress }),
  })
  const adopt = (next: Config): void => {
    listener.setCertificate(next.listen.tls)
    limits = connectionLimits(next)
  }
  const reloads = reloadOnHangup(() => reload(parts, { running, adopt, log }))
  try {
    // Before anybody is told that it runs: who is told may end it at once.
    const stopped = Promise.race([stopSignal(), parentGone(parts.parent)])
    dataDirectory.markRunning(process.pid)
    log.info('listening', { host: config.listen.host, port: config.listen.port, publicUrl: config.publicUrl.origin })
    await parts.started?.(running)
    log.info('stopping', { signal: await stopped })
  } finally {
    running.startDraining()
    await listener.drain()
    await reloads.stop()
  }
}

function connectionLimits({ connections, trustedProxies }: Config): ConnectionLimits {
  return { ...connections, isExempt: trustedAddresses(trustedProxies) }
}

/** Runs `reload` at each SIGHUP, one after another. After `stop` the signal is still caught, lest it cut the draining short. */
function reloadOnHangup(reload: () => Promise<void>): { stop(): Promise<void> } {
  let last = Promise.resolve()
  let stopped = false
  process.on('SIGHUP', () => {
    if (!stopped) last = last.then(reload)
  })
  return {
    stop() {
      stopped = true
      return last
    },
  }
}

/** Puts the file in force, or raises an alarm and changes nothing. */
async function reload(
  parts: ServeParts,
  { running, adopt, log }: { running: Gateway; adopt: (config: Config) => void; log: Log },
): Promise<void> {
  try {
    const loaded = await loadIntended(parts)
    if (!loaded.ok) return running.refuseReload(loaded.error)
    await running.reload(loaded.value)
    adopt(loaded.value)
  } catch (error) {
    log.error('reload.failed', errorFields(error))
    running.refuseReload([toAppError(error).message])
  }
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

/** Resolves when `parent` is not the parent of this process any more; never without one. */
function parentGone(parent: number | undefined): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    if (parent === undefined) return
    const stop = every(PARENT_POLL, () => {
      if (process.ppid === parent) return
      stop()
      resolve('SIGTERM')
    })
  })
}
