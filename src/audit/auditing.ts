/** The audit of a running gateway: its records of requests, and what has to be done from time to time. */

import type { Alarms } from '../core/alarms.ts'
import { toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import { addSeconds, type Clock, every, seconds } from '../core/time.ts'
import type { Store } from '../store/ports.ts'
import { anchors } from './anchors.ts'
import { type RequestAudit, requestAudit } from './request-audit.ts'
import { auditRetention } from './retention.ts'
import type { CountShortfall } from './shortfall.ts'
import type { Signer } from './statements.ts'

const ANCHOR_EVERY = seconds(10)
const REMOVE_EVERY = seconds(3600)
const DAY_SECONDS = 86_400

export interface Auditing {
  readonly requests: RequestAudit
  /** Begins at once: what a killed process left behind is anchored. Returns what ends it. */
  start(): () => void
  /** Writes what is not written yet, and a last anchor. Never throws: what fails is logged. */
  finish(): Promise<void>
}

/**
 * In the chain of `writer`, this process. `keepDays` is asked each time; null: for ever. AUDIT_BEHIND stands for `anchors` and
 * `retention` while they fail.
 */
export function auditing(parts: {
  store: Store
  writer: string
  signer: Signer
  keepDays: () => number | null
  alarms: Pick<Alarms, 'raise' | 'clear'>
  count: CountShortfall
  clock: Clock
  random: Random
  log: Log
}): Auditing {
  const { clock, alarms, log, keepDays } = parts
  const requests = requestAudit(parts)
  const anchor = anchors(parts)
  const retention = auditRetention(parts)
  let last: Promise<void> = Promise.resolve()

  /** One after another, and none twice at a time. */
  function inTurn(subject: 'anchors' | 'retention', event: string, work: () => Promise<void>): Promise<void> {
    last = last.then(work).then(
      () => alarms.clear('AUDIT_BEHIND', subject),
      (error: unknown) => {
        log.error(event, errorFields(error))
        alarms.raise('AUDIT_BEHIND', subject, toAppError(error).message)
      },
    )
    return last
  }

  async function writeDue(): Promise<void> {
    await requests.flush()
    const statement = await anchor.write()
    if (statement !== undefined) log.info('audit.anchored', { statement })
  }

  async function removeOld(): Promise<void> {
    const days = keepDays()
    if (days === null) return
    const records = await retention.removeBefore(addSeconds(clock.now(), seconds(-days * DAY_SECONDS)))
    if (records > 0) log.info('audit.removed', { records })
  }

  return {
    requests,
    start() {
      const write = () => void inTurn('anchors', 'audit.write_failed', writeDue)
      const remove = () => void inTurn('retention', 'audit.remove_failed', removeOld)
      write()
      remove()
      const stops = [every(ANCHOR_EVERY, write), every(REMOVE_EVERY, remove)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    finish: () => inTurn('anchors', 'audit.write_failed', writeDue),
  }
}
