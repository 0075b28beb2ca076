/** Load: wrk with its script, and what came of it. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url))

const Outcome = z.strictObject({
  requests: z.number(),
  seconds: z.number(),
  /** Connections that broke and answers above 399. */
  failures: z.number(),
  /** Microseconds. */
  p50: z.number(),
  p99: z.number(),
})

export type Outcome = z.infer<typeof Outcome>

/** Sends GETs over so many connections for `seconds`, under the Cookie headers of a file, one a line. Throws when a request fails. */
export async function runWrk({
  url,
  cookieFile,
  order,
  connections,
  seconds,
}: {
  url: string
  cookieFile: string
  order: 'random' | 'in-turn'
  connections: number
  seconds: number
}): Promise<Outcome> {
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', SCRIPT, url, '--', cookieFile, order]
  const { stdout } = await promisify(execFile)('wrk', args)
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  const outcome = Outcome.parse(JSON.parse(last))
  if (outcome.failures > 0) throw new Error(`${url}: ${outcome.failures} of ${outcome.requests} requests failed`)
  return outcome
}
