/** Opens the sessions in Redis: checked and watched for a gateway, on demand for a command that runs beside it. */

import type { RedisLocation } from '../../config/config.ts'
import type { Alarms } from '../../core/alarms.ts'
import { within } from '../../core/deadline.ts'
import { AppError } from '../../core/errors.ts'
import { errorFields, type Log } from '../../core/log.ts'
import { type Clock, type Seconds, seconds } from '../../core/time.ts'
import type { LiveSessions } from '../live-sessions.ts'
import { type RedisClient, redisClient } from './client.ts'
import { connectionProblem } from './failure.ts'
import { redisLine, type StoreCall } from './line.ts'
import { redisSessions, tryCommands } from './redis-sessions.ts'
import { tlsProblem } from './tls-probe.ts'

export interface RedisParts {
  readonly location: RedisLocation
  /** How long a session stays in Redis after its last activity. */
  readonly keep: Seconds
  readonly clock: Clock
  readonly log: Log
}

const START_PATIENCE = seconds(5)
const WANTED_POLICY = 'noeviction'

/**
 * The sessions of a gateway. Rejects when the Redis cannot be used: STORE_UNAVAILABLE when nobody answers, else CONFIG_INVALID; the
 * detail is one line without secrets. Raises SESSION_STORE_AWAY while nobody answers, SESSION_STORE_REFUSES while it refuses an
 * operation, and SESSION_STORE_POLICY while sessions could be evicted, or nobody can say so.
 */
export async function openRedisSessions(
  parts: RedisParts & { readonly alarms: Alarms; readonly observe: (call: StoreCall) => void },
): Promise<LiveSessions> {
  const { location, clock, log, alarms, observe } = parts
  const client = redisClient(location)
  const place = location.shown
  try {
    await within(client.connect(), START_PATIENCE, () => new Error(`no answer within ${START_PATIENCE} s`))
    await within(tryCommands(client), START_PATIENCE, () => new Error(`no answer within ${START_PATIENCE} s`))
    checkPolicy(place, await knownPolicy(client), alarms)
  } catch (error) {
    client.close()
    throw error instanceof AppError ? error : startFailure(place, (await tlsFailure(location)) ?? error)
  }
  const line = redisLine({
    client: { ...client, connect: async () => {} },
    clock,
    observe,
    lost(error) {
      alarms.raise('SESSION_STORE_AWAY', '', `${place} does not answer`)
      log.error('session-store.away', { place, ...errorFields(error) })
    },
    refused(operation, error) {
      alarms.raise('SESSION_STORE_REFUSES', operation, `${place}: ${errorFields(error)['error']}`)
      log.error('session-store.refuses', { place, operation, ...errorFields(error) })
    },
    accepted: (operation) => alarms.clear('SESSION_STORE_REFUSES', operation),
    back() {
      alarms.clear('SESSION_STORE_AWAY', '')
      log.info('session-store.back', { place })
      // It may be another server than before.
      knownPolicy(client).then((policy) => warnOfPolicy(place, policy, alarms))
    },
  })
  line.watch()
  return redisSessions({ ...parts, line })
}

/** The sessions for one command: nothing is connected before the first call, and what fails is for the gateway to notice. */
export function redisSessionsOnDemand(parts: RedisParts): LiveSessions {
  const client = redisClient(parts.location)
  const nobody = { observe: () => {}, lost: () => {}, back: () => {}, refused: () => {}, accepted: () => {} }
  const line = redisLine({ ...nobody, client, clock: parts.clock })
  return redisSessions({ ...parts, line })
}

/** The policies of the servers that take writes; undefined where CONFIG is not allowed. */
function knownPolicy(client: RedisClient): Promise<readonly string[] | undefined> {
  return client.evictionPolicies().catch(() => undefined)
}

function checkPolicy(place: string, policies: readonly string[] | undefined, alarms: Alarms): void {
  const wrong = policies?.find((policy) => policy !== WANTED_POLICY)
  warnOfPolicy(place, policies, alarms)
  if (wrong === undefined) return
  throw new AppError(
    'CONFIG_INVALID',
    `stores.sessions (${place}): its maxmemory-policy is ${wrong}, which drops sessions when memory is short; must be ${WANTED_POLICY}`,
  )
}

function warnOfPolicy(place: string, policies: readonly string[] | undefined, alarms: Alarms): void {
  const wrong = policies?.find((policy) => policy !== WANTED_POLICY)
  const raise = (what: string) =>
    alarms.raise('SESSION_STORE_POLICY', '', `the maxmemory-policy of ${place} ${what}; it must be ${WANTED_POLICY}`)
  if (policies === undefined) raise('cannot be read (CONFIG GET is not allowed)')
  else if (wrong !== undefined) raise(`is ${wrong}`)
  else alarms.clear('SESSION_STORE_POLICY', '')
}

/** Where a connection says less than a handshake. */
async function tlsFailure({ kind, tls, nodes }: RedisLocation): Promise<Error | undefined> {
  return tls && kind !== 'single' ? tlsProblem(nodes) : undefined
}

function startFailure(place: string, error: unknown): AppError {
  const thrown = error instanceof Error ? error : new Error(String(error))
  const problem = connectionProblem(thrown)
  const code = problem.startsWith('cannot be reached') ? 'STORE_UNAVAILABLE' : 'CONFIG_INVALID'
  return new AppError(code, `stores.sessions (${place}) ${problem}`, { cause: error })
}
