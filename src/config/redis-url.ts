/** The URLs of `stores` that lead to a Redis. */

import type { RedisLocation } from './config.ts'

/** What such a URL may be. */
export const REDIS_URL_RULE =
  'redis://host:6379/0, redis+sentinel://host,host/name or redis+cluster://host,host, with rediss in front for TLS and user:password@ or :password@ before the hosts, ?sentinel=user:password or ?sentinel=:password at the end for the sentinels, special characters percent-encoded'

const SCHEME = /^rediss?(?:\+[a-z]+)?:/
const SHAPE =
  /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#\s]*)@)?([^@/?#\s]+?)(?:\/([^?#\s]*))?(?:\?sentinel=([^&?#\s]*))?$/
const NODE = /^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?$/
const DATABASE = /^\d{1,5}$/
/** What Sentinel takes for a name. */
const MASTER = /^[A-Za-z0-9._-]{1,128}$/
const SERVER_PORT = 6379
const SENTINEL_PORT = 26_379
const MOST_NODES = 32

/** Whether `value` is meant to lead to a Redis, well-formed or not. */
export function isRedisUrl(value: unknown): value is string {
  return typeof value === 'string' && SCHEME.test(value)
}

/** The place that a URL leads to; undefined when it is not as `REDIS_URL_RULE` says. */
export function parseRedisUrl(written: string): RedisLocation | undefined {
  const [, scheme = '', mode, userinfo, hosts = '', path = '', forSentinels] = SHAPE.exec(written) ?? []
  const kind = mode === 'sentinel' || mode === 'cluster' ? mode : 'single'
  const nodes = parseNodes(hosts, kind === 'sentinel' ? SENTINEL_PORT : SERVER_PORT)
  const user = parseUser(userinfo)
  const sentinel = parseUser(forSentinels)
  const place = parsePath(kind, path)
  if (nodes === undefined || user === undefined || sentinel === undefined || place === undefined) return undefined
  if (kind !== 'sentinel' && forSentinels !== undefined) return undefined
  if (kind === 'single' && nodes.length > 1) return undefined
  const shown = `${scheme}${mode === undefined ? '' : `+${mode}`}://${hosts}${path === '' ? '' : `/${path}`}`
  return { kind, tls: scheme === 'rediss', nodes, ...user, ...place, sentinel, shown }
}

function parseNodes(written: string, defaultPort: number): RedisLocation['nodes'] | undefined {
  const nodes = written.split(',').flatMap((each) => {
    const [, host, port = String(defaultPort)] = NODE.exec(each) ?? []
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return []
    return [{ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }]
  })
  return nodes.length === written.split(',').length && nodes.length <= MOST_NODES ? nodes : undefined
}

/** A name alone is refused: whether it is a user or a password cannot be told. */
function parseUser(written: string | undefined): Pick<RedisLocation, 'username' | 'password'> | undefined {
  if (written === undefined) return { username: null, password: null }
  const parts = written.split(':').map(decoded)
  const [username, password] = parts
  if (parts.length !== 2 || username === undefined || !password) return undefined
  return { username: username === '' ? null : username, password }
}

function decoded(written: string): string | undefined {
  try {
    return decodeURIComponent(written)
  } catch {
    return undefined
  }
}

function parsePath(kind: RedisLocation['kind'], path: string): Pick<RedisLocation, 'master' | 'database'> | undefined {
  const parts = path === '' ? [] : path.split('/')
  const master = kind === 'sentinel' ? parts.shift() : null
  const [database = '0', ...rest] = parts
  if (master === undefined || (master !== null && !MASTER.test(master))) return undefined
  if (rest.length > 0 || !DATABASE.test(database) || (kind === 'cluster' && parts.length > 0)) return undefined
  return { master, database: Number(database) }
}
