/** Load: wrk with its script, and what came of it. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url))

const Outcome = z.strictObject({
  requests: z.number(),
  seconds: z.number(),
  /** Connections that could not be made, or broke. */
  broken: z.number(),
  /** Answers above 399. */
  refused: z.number(),
  /** Answers after more than two seconds, which a busy machine brings about; they are in the percentiles. */
  late: z.number(),
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
  if (outcome.broken + outcome.refused > 0) throw new Error(`${url}: not every request was answered: ${last}`)
  return outcome
}
