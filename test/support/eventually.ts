/** Waiting for what happens soon. */

import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

/** Resolves when the condition holds; fails when it does not within `ms`. */
export async function eventually(condition: () => boolean, ms = 2000): Promise<void> {
  const end = performance.now() + ms
  while (!condition() && performance.now() < end) await delay(5)
  assert.ok(condition(), `not within ${ms} ms: ${condition}`)
}
