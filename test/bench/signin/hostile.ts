/**
 * `node test/bench/signin/hostile.ts`: the worst messages, posted one after another while a forwarding load runs; how long
 * they hold up the main thread and a verifying one, and what becomes of the load. Writes its table into docs/performance.md.
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
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
import { replaceSection } from './report.ts'

interface Row {
  readonly name: string
  readonly posts: number
  readonly statuses: string
  /** Milliseconds. */
  readonly main: number
  readonly worker: number
  readonly p99: number
}

const PROBE = fileURLToPath(new URL('delay-probe.ts', import.meta.url))
const CONNECTIONS = 8

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const seconds = options.short ? 2 : 5

needPrograms()
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-hostile-'))
process.env['BENCH_DELAYS'] = folder
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
  await service.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(gateway: SignInContender): Promise<readonly Row[]> {
  const agent = new Agent({ keepAlive: true })
  const cookieFile = join(folder, 'cookies.txt')
  const [body = ''] = await signMessages(provider.keys, gateway, 1)
  const { headers } = await post(gateway.acsUrl, agent, body)
  await writeFile(cookieFile, `${(headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')}\n`)
  const load = async () =>
    runWrk({ url: gateway.askedUrl, cookieFile, order: 'random', connections: CONNECTIONS, seconds })
  await load()
  const rows = [await measure({ name: 'forwarding alone', body: '' }, { gateway, agent, load })]
  for (const message of hostileMessages(provider.keys, DEMO_ENTITY_ID, gateway)) {
    rows.push(await measure(message, { gateway, agent, load }))
  }
  agent.destroy()
  return rows
}

async function measure(
  { name, body }: HostileMessage,
  { gateway, agent, load }: { gateway: SignInContender; agent: Agent; load: () => Promise<{ p99: number }> },
): Promise<Row> {
  const statuses = new Map<number, number>()
  const from = performance.timeOrigin + performance.now()
  let running = true
  async function send(): Promise<void> {
    while (running && body !== '') {
      const { status } = await post(gateway.acsUrl, agent, body)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const sending = send()
  const { p99 } = await load()
  running = false
  await sending
  // The probes write every 50 ms.
  await new Promise((resolve) => setTimeout(resolve, 150))
  const posts = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  const shown = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  return {
    name,
    posts,
    statuses: shown,
    main: await held('main', from),
    worker: await held('worker', from),
    p99: p99 / 1000,
  }
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
  const lines = rows.map(({ name, posts, statuses, main, worker, p99 }) => {
    const answers = posts === 0 ? '–' : statuses
    return `| ${name} | ${answers} | ${main.toFixed(1)} | ${worker.toFixed(1)} | ${p99.toFixed(1)} |`
  })
  return [
    `Longest delay of an event loop (\`monitorEventLoopDelay\`), in the main thread and in a verifying one; ${CONNECTIONS} connections of forwarding for ${seconds} s each.`,
    '',
    '| Message | posts, answer | main ms | verifying ms | forwarding p99 ms |',
    '|---|---|---:|---:|---:|',
    ...lines,
  ].join('\n')
}
