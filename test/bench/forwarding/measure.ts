/** Rounds of load over several contenders, one after the other, so that a slow minute of the machine falls on all of them. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender } from './contender.ts'
import { ANSWER } from './nginx.ts'
import { usageOf } from './process-tree.ts'
import { runWrk } from './wrk.ts'

export interface Figures {
  readonly requestsPerSecond: number
  /** Seconds of CPU for 1000 requests. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Memory at the end, MiB. */
  readonly memory: number
}

export interface Measured {
  readonly name: string
  /** Medians by number of connections. */
  readonly byConnections: ReadonlyMap<number, Figures>
}

export interface Rounds {
  readonly rounds: number
  /** Of each run. */
  readonly seconds: number
  readonly connections: readonly number[]
  /** For the files of cookies. */
  readonly folder: string
}

const WARM_UP_SECONDS = 8
/** Of sessions that are read from the store. */
const FIRST_REQUESTS_PER_SECOND = 850
/** V8 is not done compiling before that: over the first 150,000 requests what one costs Gatehouse falls to a half, and what it pauses for to a tenth. */
const WARM_UP_REQUESTS = 150_000
/** A contender that has not come so far by then is measured as it is. */
const LONGEST_WARM_UP_SECONDS = 150
const MOST_CONNECTIONS = 64

/** Warms all up, then measures all in each round; medians. Throws when one answers anything but what the service says. */
export async function measureRounds(contenders: readonly Contender[], rounds: Rounds): Promise<readonly Measured[]> {
  for (const contender of contenders) await warmUp(contender, rounds)
  const runs = contenders.map((contender) => ({ contender, figures: new Map<number, Figures[]>() }))
  for (let round = 0; round < rounds.rounds; round += 1) {
    // Each round begins with another contender.
    for (const { contender, figures } of [...runs.slice(round % runs.length), ...runs.slice(0, round % runs.length)]) {
      for (const connections of rounds.connections) {
        const measured = await measure(contender, connections, rounds)
        figures.set(connections, [...(figures.get(connections) ?? []), measured])
        process.stderr.write(`  ${round + 1}: ${contender.name}, ${connections}: ${JSON.stringify(measured)}\n`)
      }
    }
  }
  return runs.map(({ contender, figures }) => ({
    name: contender.name,
    byConnections: new Map([...figures].map(([connections, all]) => [connections, medians(all)])),
  }))
}

/** Every session once at least; the same number of requests to all, however busy the machine is. */
async function warmUp(contender: Contender, { folder }: Rounds): Promise<void> {
  const cookieFile = await writeCookies(contender, folder)
  // wrk begins anew with the first session, so one run must come to the last.
  const seconds = WARM_UP_SECONDS + Math.ceil(contender.cookies().length / FIRST_REQUESTS_PER_SECOND)
  let requests = 0
  for (let spent = 0; requests < WARM_UP_REQUESTS && spent < LONGEST_WARM_UP_SECONDS; spent += seconds) {
    const run = { url: contender.url, cookieFile, order: 'in-turn', connections: MOST_CONNECTIONS, seconds } as const
    requests += (await runWrk(run)).requests
  }
}

async function measure(contender: Contender, connections: number, { seconds, folder }: Rounds): Promise<Figures> {
  await checkAnswer(contender)
  const cookieFile = await writeCookies(contender, folder)
  const before = usageOf(contender.pids)
  const outcome = await runWrk({ url: contender.url, cookieFile, order: 'random', connections, seconds })
  const after = usageOf(contender.pids)
  return {
    requestsPerSecond: outcome.requests / outcome.seconds,
    cpu: ((after.cpuSeconds - before.cpuSeconds) / outcome.requests) * 1000,
    p50: outcome.p50 / 1000,
    p99: outcome.p99 / 1000,
    memory: after.mebibytes,
  }
}

/** A contender that sends everybody to sign in would be fast. */
async function checkAnswer({ name, url, cookies }: Contender): Promise<void> {
  const [cookie = ''] = cookies()
  const response = await fetch(url, { headers: { cookie }, redirect: 'manual' })
  const text = await response.text()
  if (response.status !== 200 || text !== ANSWER) throw new Error(`${name} answers ${response.status}: ${text}`)
}

async function writeCookies({ cookies }: Contender, folder: string): Promise<string> {
  const file = join(folder, 'cookies.txt')
  await writeFile(file, `${cookies().join('\n')}\n`)
  return file
}

function medians(all: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => median(all.map(pick))
  return {
    requestsPerSecond: of((each) => each.requestsPerSecond),
    cpu: of((each) => each.cpu),
    p50: of((each) => each.p50),
    p99: of((each) => each.p99),
    memory: of((each) => each.memory),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0,
  ]
  return (low + high) / 2
}
