/** How soon the gateway notices that the Redis of its sessions is away, and how soon it goes on when that is back. */

import { setTimeout as delay } from 'node:timers/promises'
import { openRedisHouse, type RedisHouse } from '../processes/redis/house.ts'
import { atMost, type Figure, type Soak } from '../soak/soak.ts'
import { signIn } from '../support/house.ts'
import { eventually } from '../support/process.ts'
import {
  type RedisGroup,
  type RedisServer,
  startCluster,
  startRedis,
  startSentinel,
  withoutRedis,
} from '../support/redis.ts'
import { ADA, get } from '../support/steps.ts'

/** Milliseconds of every round. */
interface Rounds {
  readonly noticed: number[]
  readonly recovered: number[]
}

/** Kills and pauses a server, lets a sentinel replace a master, and restarts a node of a cluster. */
export const redis: Soak = async ({ short }) => {
  if (withoutRedis !== false) return [{ what: 'Redis', value: `left out: ${withoutRedis}` }]
  const count = short ? 1 : 10
  const alone = async (): Promise<RedisGroup> => {
    const server = await startRedis()
    return { url: server.url, servers: [server], close: server.close }
  }
  const restart = async (server: RedisServer) => {
    await server.kill()
    return server.start
  }
  const pause = async (server: RedisServer) => {
    server.pause()
    return async () => server.resume()
  }
  // The sentinel brings it back: nobody else does anything.
  const kill = async (server: RedisServer) => {
    await server.kill()
    return async () => {}
  }
  return [
    ...figures('killed and started again', await rounds(alone, restart, count), 2000),
    ...figures('paused and resumed', await rounds(alone, pause, count), 2000),
    ...figures('a node of a cluster killed and started again', await rounds(startCluster, restart, count), 10_000),
    ...figures('a master replaced by its sentinel', await rounds(startSentinel, kill, short ? 1 : 3, true), 20_000),
  ]
}

/** `harm` makes the first server fall silent and returns what ends that. `anew`: a server that was harmed is of no use any more. */
async function rounds(
  start: () => Promise<RedisGroup>,
  harm: (server: RedisServer) => Promise<() => Promise<void>>,
  count: number,
  anew = false,
): Promise<Rounds> {
  const taken: Rounds = { noticed: [], recovered: [] }
  for (let done = 0; done < count; ) {
    const group = await start()
    const house = await openRedisHouse(group.url)
    try {
      do {
        await round(house, group, { harm, taken })
        done += 1
      } while (done < count && !anew)
    } finally {
      await house.close()
      await group.close()
    }
  }
  return taken
}

async function round(
  house: RedisHouse,
  { servers: [server] }: RedisGroup,
  { harm, taken }: { harm: (server: RedisServer) => Promise<() => Promise<void>>; taken: Rounds },
): Promise<void> {
  if (server === undefined) throw new Error('there is no server')
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  const end = await harm(server)
  taken.noticed.push(await eventually(house.alarms, (codes) => codes.includes('SESSION_STORE_AWAY'), 10))
  const known = await get(house, '/app/', visitor)
  if (known.status !== 200) throw new Error(`a session at hand was answered ${known.status} within the grace time`)
  await delay(500)
  await end()
  const signedIn = async () => (await signIn(house.browser(), ADA, '/app/', house).catch(() => undefined))?.status
  taken.recovered.push(await eventually(signedIn, (status) => status === 200, 30))
}

function figures(what: string, { noticed, recovered }: Rounds, limitMs: number): readonly Figure[] {
  const slowest = Math.max(...recovered)
  return [
    { what: `${what}: rounds`, value: recovered.length },
    { what: `${what}: alarm after, slowest, ms`, value: Math.round(Math.max(...noticed)) },
    atMost(`${what}: next sign-in done after, slowest, ms`, slowest, limitMs),
  ]
}
