/** Opens the sessions of a gateway in a Redis, or tells why they are not taken. */

import assert from 'node:assert/strict'

import { parseRedisUrl } from '../../../src/config/redis-url.ts'
import { alarms } from '../../../src/core/alarms.ts'
import { AppError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { seconds, systemClock } from '../../../src/core/time.ts'
import type { LiveSessions } from '../../../src/store/live-sessions.ts'
import { openRedisSessions } from '../../../src/store/redis/open.ts'

/** The sessions in the Redis at `url`, and the alarms that this raised. */
export async function opened(url: string): Promise<{ live: LiveSessions; codes: readonly string[] }> {
  const location = parseRedisUrl(url)
  assert.ok(location, url)
  const raised = alarms({ clock: systemClock })
  const parts = { location, keep: seconds(60), clock: systemClock, log: silentLog, alarms: raised, observe: () => {} }
  return { live: await openRedisSessions(parts), codes: raised.list().map(({ code }) => code) }
}

/** The one line that it is refused with. */
export async function refusal(url: string): Promise<string> {
  try {
    const { live } = await opened(url)
    live.close()
  } catch (error) {
    assert.ok(error instanceof AppError && ['CONFIG_INVALID', 'STORE_UNAVAILABLE'].includes(error.code))
    assert.match(error.message, /^stores\.sessions \(rediss?[^\n]*$/)
    assert.doesNotMatch(error.message, /hush|only-for-tests/)
    return error.message
  }
  assert.fail(`${url} was taken`)
}
