/** Passive health of one upstream: what its last requests were told. Nothing is sent to find out. */

import type { Random } from '../core/random.ts'
import { addSeconds, type Clock, type Instant, instant, seconds } from '../core/time.ts'

export interface UpstreamHealth {
  /** Out of use since it failed, and not due to be tried again. */
  isOut(): boolean
  /** When it is tried again; in the past for one that works. */
  retryAt(): Instant
  /** It is being tried now: whoever comes during the next interval goes elsewhere. */
  tried(): void
  /** It answered. True when it was out of use until now. */
  worked(): boolean
  /** It could not be connected to, or did not answer in time. True when it was in use until now. */
  failed(): boolean
}

const FIRST_SECONDS = 1
const LONGEST_SECONDS = 60

/**
 * An upstream that works until it fails. The interval doubles from 1 s to 60 s with each failure in a row, and is
 * shortened by up to a half at random, lest all gateways come back at once.
 */
export function upstreamHealth({ clock, random }: { clock: Clock; random: Random }): UpstreamHealth {
  let failures = 0
  let retryAt = instant(0)

  function interval(): number {
    const whole = Math.min(FIRST_SECONDS * 2 ** (failures - 1), LONGEST_SECONDS)
    return whole * (1 - random.bytes(2).readUInt16BE() / 0x1_0000 / 2)
  }
  const postpone = (): void => {
    if (failures > 0) retryAt = addSeconds(clock.now(), seconds(interval()))
  }
  return {
    isOut: () => failures > 0 && clock.now() < retryAt,
    retryAt: () => retryAt,
    tried: postpone,
    worked() {
      const wasOut = failures > 0
      failures = 0
      retryAt = instant(0)
      return wasOut
    },
    failed() {
      failures += 1
      postpone()
      return failures === 1
    },
  }
}
