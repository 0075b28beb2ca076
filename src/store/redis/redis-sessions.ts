/** The live part of sessions in Redis: one hash a session, with the fields `facts` (JSON) and `at` (milliseconds). */

import type { Log } from '../../core/log.ts'
import type { Seconds } from '../../core/time.ts'
import type { LiveFacts, LiveSessions } from '../live-sessions.ts'
import type { RedisCommands } from './client.ts'
import { redisFailure } from './failure.ts'
import type { RedisLine } from './line.ts'
import { decodeFacts, encodeFacts, sessionKey } from './session-record.ts'

/**
 * ARGV: facts, activity, milliseconds to keep. A full Redis refuses a script at its first command that takes memory, and lets
 * all pass after another that writes: SET is of the first kind, and takes the place of anything.
 */
const WRITE = `
redis.call('SET', KEYS[1], '')
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'facts', ARGV[1], 'at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

/** ARGV: activity, milliseconds to keep. What is not a session of ours stays as it is. Passes in a full Redis, for the same reason. */
const TOUCH = `
if redis.call('TYPE', KEYS[1])['ok'] ~= 'hash' then return 0 end
local at = tonumber(redis.call('HGET', KEYS[1], 'at'))
if not at then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if at < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'at', ARGV[1]) end
return 1`

/** No session has this id. */
const TRIAL = 'trial'

/** `keep`: how long a session stays in Redis after its last activity; longer than any lasts. */
export function redisSessions({ line, keep, log }: { line: RedisLine; keep: Seconds; log: Log }): LiveSessions {
  const keepMs = Math.ceil(keep * 1000)

  function believed(id: string, [facts, at]: readonly (string | null | undefined)[]): LiveFacts | undefined {
    if (facts == null && at == null) return undefined
    const read = facts == null || at == null ? undefined : decodeFacts(id, facts, at)
    if (read === undefined) log.error('session.garbage', { session: id, reason: 'not a session of this version' })
    return read
  }

  return {
    write: (session) =>
      line.ask('write', async (redis) => {
        await redis.run(WRITE, sessionKey(session.id), encodeFacts(session), session.lastActivityAt, keepMs)
      }),
    async read(id) {
      try {
        return believed(id, await line.ask('read', (redis) => redis.hmget(sessionKey(id), 'facts', 'at')))
      } catch (error) {
        if (redisFailure(error) !== 'wrong-type') throw error
        log.error('session.garbage', { session: id, reason: 'not a hash' })
        return undefined
      }
    },
    touch: (activity) =>
      line.ask('touch', async (redis) => {
        await Promise.all(activity.map(({ id, at }) => redis.run(TOUCH, sessionKey(id), at, keepMs)))
      }),
    remove: (ids) =>
      line.ask('remove', async (redis) => {
        await Promise.all(ids.map((id) => redis.unlink(sessionKey(id))))
      }),
    awaySince: line.awaySince,
    close: line.close,
  }
}

/** Does once everything that is done with a session, on a key that belongs to none. Rejects when the server refuses any of it. */
export async function tryCommands(redis: RedisCommands): Promise<void> {
  const key = sessionKey(TRIAL)
  await redis.run(WRITE, key, '', 0, 1000)
  await redis.run(TOUCH, key, 0, 1000)
  await redis.hmget(key, 'facts', 'at')
  await redis.unlink(key)
}
