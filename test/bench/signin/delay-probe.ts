/** Loaded into the gateway by the bench: each of its threads writes down how long its event loop was held up. */

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread, threadId } from 'node:worker_threads'

const RESOLUTION = 1
const WINDOW = 50

const folder = process.env['BENCH_DELAYS'] ?? '.'
const file = join(folder, isMainThread ? 'main.txt' : `worker-${threadId}.txt`)
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()
setInterval(() => {
  // Time since the timer was due; the wait that was asked for is no delay.
  const longest = Math.max(0, delay.max / 1e6 - RESOLUTION)
  appendFileSync(file, `${performance.timeOrigin + performance.now()} ${longest.toFixed(2)}\n`)
  delay.reset()
}, WINDOW).unref()
