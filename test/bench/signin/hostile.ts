/**
 * `node test/bench/signin/hostile.ts`: the worst messages, posted one after another while a forwarding load runs; how long
 * they hold up the main thread and a verifying one, and what becomes of the load. Writes its table into docs/performance.md.
 */

import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { DEMO_ENTITY_ID } from '../../../src/core/names.ts'
import { openTestIdentityProvider } from '../../support/demo-idp.ts'
import { startService } from '../forwarding/nginx.ts'
import { needPrograms } from '../forwarding/programs.ts'
import { runWrk } from '../forwarding/wrk.ts'
import type { SignInContender } from './contender.ts'
import { startGatehouse } from './gatehouse.ts'
import { type HostileMessage, hostileMessages } from './hostile-messages.ts'
import { post } from './measure.ts'
import { signMessages } from './messages.ts'
import type { Posting } from './poster.ts'
import { replaceSection } from './report.ts'

/** Of one message, over all rounds. */
interface Row {
  readonly name: string
  readonly statuses: ReadonlyMap<number, number>
  /** Longest delays in milliseconds. */
  readonly main: number
  readonly worker: number
  /** Medians of forwarding, in milliseconds. */
  readonly p99: number
  readonly p99Alone: number
}

/** Without posts, and while a message is posted. */
interface Pair {
  readonly alone: number
  readonly meanwhile: number
}

const PROBE = fileURLToPath(new URL('delay-probe.ts', import.meta.url))
const CONNECTIONS = 8

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const seconds = options.short ? 1 : 2
const rounds = options.short ? 1 : 5

needPrograms()
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-hostile-'))
process.env['BENCH_DELAYS'] = folder
const poster = new Worker(new URL('poster.ts', import.meta.url))
const provider = await openTestIdentityProvider({ serviceProvider: { entityId: 'urn:nobody', acsUrl: 'urn:nobody' } })
await provider.close()
const service = await startService(folder)
try {
  const gateway = await startGatehouse({
    folder,
    upstream: service.url,
    provider: { keys: provider.keys, metadata: provider.metadata() },
    nodeOptions: ['--import', PROBE],
  })
  try {
    const rows = await measureAll(gateway)
    const text = table(rows)
    process.stdout.write(`${text}\n`)
    if (!options.short) await replaceSection('hostile', 'test/bench/signin/hostile.ts', text)
  } finally {
    await gateway.stop()
  }
} finally {
  await poster.terminate()
  await service.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(gateway: SignInContender): Promise<readonly Row[]> {
  const load = await forwardingLoad(gateway)
  // V8 is not done compiling before.
  for (let run = 0; run < 3; run += 1) await load()
  const rows: Row[] = []
  for (const message of hostileMessages(provider.keys, DEMO_ENTITY_ID, gateway)) {
    rows.push(await measure(message, gateway.acsUrl, load))
  }
  return rows
}

/** The load under a live session; its 99th percentile in milliseconds. */
async function forwardingLoad(gateway: SignInContender): Promise<() => Promise<number>> {
  const agent = new Agent()
  const cookieFile = join(folder, 'cookies.txt')
  const [body = ''] = await signMessages(provider.keys, gateway, 1)
  const { headers } = await post(gateway.acsUrl, agent, body)
  await writeFile(cookieFile, `${(headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')}\n`)
  agent.destroy()
  const load = { url: gateway.askedUrl, cookieFile, order: 'random', connections: CONNECTIONS, seconds } as const
  return async () => (await runWrk(load)).p99 / 1000
}

/** The load alone and with posts, in turn: the processors of a virtual machine change their speed from one minute to the next. */
async function measure({ name, body }: HostileMessage, url: string, load: () => Promise<number>): Promise<Row> {
  const statuses = new Map<number, number>()
  const pairs: Pair[] = []
  let main = 0
  let worker = 0
  for (let round = 0; round < rounds; round += 1) {
    const alone = await load()
    const from = performance.timeOrigin + performance.now()
    poster.postMessage({ url, body } satisfies Posting)
    const meanwhile = await load()
    poster.postMessage('stop')
    const [answered]: readonly ReadonlyMap<number, number>[] = await once(poster, 'message')
    for (const [status, count] of answered ?? []) statuses.set(status, (statuses.get(status) ?? 0) + count)
    // The probes write every 50 ms.
    await new Promise((resolve) => setTimeout(resolve, 150))
    main = Math.max(main, await held('main', from))
    worker = Math.max(worker, await held('worker', from))
    pairs.push({ alone, meanwhile })
  }
  const p99 = median(pairs.map(({ meanwhile }) => meanwhile))
  return { name, statuses, main, worker, p99, p99Alone: median(pairs.map(({ alone }) => alone)) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** The longest time that a thread of this kind was held up since then. */
async function held(kind: 'main' | 'worker', from: number): Promise<number> {
  let longest = 0
  for (const name of await readdir(folder)) {
    if (!name.startsWith(kind) || !name.endsWith('.txt')) continue
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const [at = 0, milliseconds = 0] = line.split(' ').map(Number)
      if (at >= from) longest = Math.max(longest, milliseconds)
    }
  }
  return longest
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ name, statuses, main, worker, p99, p99Alone }) => {
    const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
    const forwarding = `${p99Alone.toFixed(1)} | ${p99.toFixed(1)} | ${(p99 / p99Alone).toFixed(1)} ×`
    return `| ${name} | ${answers} | ${main.toFixed(1)} | ${worker.toFixed(1)} | ${forwarding} |`
  })
  return [
    'Longest delay of an event loop (`monitorEventLoopDelay`), in the main thread and in a verifying one, and the 99th percentile of',
    `forwarding over ${CONNECTIONS} connections, medians of ${rounds} rounds of ${seconds} s without and with the posts.`,
    '',
    '| Message | answers | main ms | verifying ms | p99 alone | p99 meanwhile | |',
    '|---|---|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n')
}
