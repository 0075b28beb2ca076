/** Rounds of sign-ins over all contenders, one after the other, so that a slow minute of the machine falls on all of them. */

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { ANSWER } from '../forwarding/nginx.ts'
import { usageOf } from '../forwarding/process-tree.ts'
import type { BenchProvider, SignInContender } from './contender.ts'
import { signMessages } from './messages.ts'

export interface Figures {
  readonly perSecond: number
  /** Milliseconds of CPU for one sign-in. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
}

export interface Measured {
  readonly name: string
  /** Medians of the rounds. */
  readonly figures: Figures
  /** CPU of the round that took least of it: the processors of a virtual machine are slower for minutes, and never faster than they are. */
  readonly leastCpu: number
}

export interface Rounds {
  readonly rounds: number
  /** Of each contender in each round. */
  readonly signIns: number
  /** Messages under way at once. */
  readonly concurrency: number
}

/** Runs of each that are not counted: V8 is not done compiling before the third thousand. */
const WARM_UP_RUNS = 3

/** Throws when one sign-in does not open a session. */
export async function measureSignIns(
  contenders: readonly SignInContender[],
  provider: BenchProvider,
  rounds: Rounds,
): Promise<readonly Measured[]> {
  const runs = contenders.map((contender) => ({ contender, figures: [] as Figures[] }))
  for (const { contender } of runs) {
    for (let run = 0; run < WARM_UP_RUNS; run += 1) await measure(contender, provider, rounds)
  }
  for (let round = 0; round < rounds.rounds; round += 1) {
    // Each round begins with another contender.
    for (const { contender, figures } of [...runs.slice(round % runs.length), ...runs.slice(0, round % runs.length)]) {
      const measured = await measure(contender, provider, rounds)
      figures.push(measured)
      process.stderr.write(`  ${round + 1}: ${contender.name}: ${JSON.stringify(measured)}\n`)
    }
  }
  return runs.map(({ contender, figures }) => {
    const leastCpu = Math.min(...figures.map(({ cpu }) => cpu))
    return { name: contender.name, figures: medians(figures), leastCpu }
  })
}

async function measure(
  contender: SignInContender,
  { keys }: BenchProvider,
  { signIns, concurrency }: Rounds,
): Promise<Figures> {
  const waiting = await signMessages(keys, contender, signIns)
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const milliseconds: number[] = []
  let cookie = ''
  async function work(): Promise<void> {
    for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
      const start = performance.now()
      cookie = await signInOnce(contender, agent, body)
      milliseconds.push(performance.now() - start)
    }
  }
  const before = usageOf(contender.pids)
  const start = performance.now()
  await Promise.all(Array.from({ length: concurrency }, work))
  const seconds = (performance.now() - start) / 1000
  const after = usageOf(contender.pids)
  await checkSession(contender, cookie)
  agent.destroy()
  milliseconds.sort((a, b) => a - b)
  return {
    perSecond: signIns / seconds,
    cpu: ((after.cpuSeconds - before.cpuSeconds) / signIns) * 1000,
    p50: milliseconds[Math.floor(signIns * 0.5)] ?? 0,
    p99: milliseconds[Math.floor(signIns * 0.99)] ?? 0,
  }
}

/** Posts one message; the cookies of the session. Throws unless it leads to what was asked for. */
async function signInOnce({ name, acsUrl, askedUrl }: SignInContender, agent: Agent, body: string): Promise<string> {
  const { status, headers, text } = await post(acsUrl, agent, body)
  const location = headers.location === undefined ? '' : new URL(headers.location, acsUrl).href
  const cookies = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0])
  if (status !== 302 && status !== 303) throw new Error(`${name} answers ${status}: ${text.slice(0, 1000)}`)
  if (location !== askedUrl || cookies.length === 0) throw new Error(`${name} leads to ${location}, not to ${askedUrl}`)
  return cookies.join('; ')
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Posts a form without a browser around it. */
export function post(url: string, agent: Agent, body: string): Promise<Answer> {
  const { port, pathname, host } = new URL(url)
  const headers = {
    Host: host,
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(body),
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, path: pathname, method: 'POST', agent, headers },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** The last session of a run must open the service. */
async function checkSession({ name, askedUrl }: SignInContender, cookie: string): Promise<void> {
  const answer = await fetch(askedUrl, { headers: { cookie }, redirect: 'manual' })
  const text = await answer.text()
  if (answer.status !== 200 || text !== ANSWER)
    throw new Error(`${name} answers ${answer.status} with a session: ${text}`)
}

function medians(all: readonly Figures[]): Figures {
  const of = (pick: (figures: Figures) => number) => {
    const sorted = all.map(pick).sort((a, b) => a - b)
    return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) + (sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0)) / 2
  }
  return {
    perSecond: of((each) => each.perSecond),
    cpu: of((each) => each.cpu),
    p50: of((each) => each.p50),
    p99: of((each) => each.p99),
  }
}
