/** Connections to a Redis: one server, one behind sentinels, or a cluster. The only importer of ioredis. */

import { Cluster, Redis } from 'ioredis'

import type { RedisLocation } from '../../config/config.ts'

/** The commands that the sessions need, each on one key, so that they go to one node of a cluster. */
export interface RedisCommands {
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>
  exists(key: string): Promise<number>
  unlink(key: string): Promise<number>
  /** Runs a script on the one key; atomic. */
  run(script: string, key: string, ...values: (string | number)[]): Promise<unknown>
}

export interface RedisClient extends RedisCommands {
  /** Connects for the first time. Rejects with the first thing that goes wrong; later connections make themselves. */
  connect(): Promise<void>
  /** `maxmemory-policy` of every server that takes writes. */
  evictionPolicies(): Promise<readonly string[]>
  close(): void
}

/** Between two attempts; short, because whoever waits for a session waits for this. */
const RETRY_MS = 250
const CONNECT_MS = 2000
/** A server that is gone without a word is given up after so long. */
const SILENCE_MS = 5000

/**
 * A client that is not connected yet. Commands fail at once while there is no connection, and none is sent twice: whoever
 * asked has been told by then that it failed.
 */
export function redisClient(location: RedisLocation): RedisClient {
  const redis = location.kind === 'cluster' ? openCluster(location) : openServer(location)
  // Told again by each command that fails.
  redis.on('error', () => {})
  return {
    hmget: (key, ...fields) => redis.hmget(key, ...fields),
    exists: (key) => redis.exists(key),
    unlink: (key) => redis.unlink(key),
    run: (script, key, ...values) => redis.eval(script, 1, key, ...values),
    connect: () => connect(redis),
    async evictionPolicies() {
      const servers = redis instanceof Cluster ? redis.nodes('master') : [redis]
      const answers = await Promise.all(servers.map((server) => server.config('GET', 'maxmemory-policy')))
      return answers.map((answer) => (Array.isArray(answer) ? String(answer[1]) : ''))
    },
    close: () => redis.disconnect(),
  }
}

function connect(redis: Redis | Cluster): Promise<void> {
  return new Promise((resolve, reject) => {
    redis.once('ready', resolve)
    redis.once('error', (error: Error) => reject(causeOf(error)))
    // Its own rejection says less than the event.
    redis.connect().catch(() => {})
  })
}

/** A cluster's error has the one of a node inside. */
function causeOf(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error
}

function openServer(location: RedisLocation): Redis {
  const { nodes, master, tls, sentinel } = location
  const common = { ...connectionOptions(location), enableOfflineQueue: false, retryStrategy: () => RETRY_MS }
  if (master === null) return new Redis({ ...common, ...nodes[0] })
  return new Redis({
    ...common,
    sentinels: [...nodes],
    name: master,
    ...(sentinel.username === null ? {} : { sentinelUsername: sentinel.username }),
    ...(sentinel.password === null ? {} : { sentinelPassword: sentinel.password }),
    sentinelRetryStrategy: () => RETRY_MS,
    ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  })
}

function openCluster(location: RedisLocation): Cluster {
  return new Cluster([...location.nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: () => RETRY_MS,
    // Names are not resolved here: a certificate is checked against the name, not against the address behind it.
    dnsLookup: (host, found) => found(null, host),
    redisOptions: connectionOptions(location),
  })
}

function connectionOptions({ username, password, database, tls }: RedisLocation) {
  return {
    lazyConnect: true,
    protocol: 2 as const,
    connectionName: 'gatehouse',
    disableClientInfo: true,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A server that was made a replica: connect anew, to whoever is the master now.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
    db: database,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  }
}
