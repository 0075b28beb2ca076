/**
 * `npm run bench`: what forwarding costs, beside other software that stands in front of a service. Writes the figures into
 * docs/performance.md. `--short`: two short rounds, printed only. `--only WORD`: only contenders with that word in their
 * name, printed only. `--rounds N` and `--seconds N` of each contender.
 */

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Contender, ContenderOptions } from './contender.ts'
import { startCrowded, startGatehouse } from './gatehouse.ts'
import { type Measured, measureRounds } from './measure.ts'
import { startCrowdedMellon, startMellon } from './mellon.ts'
import { startAskingNginx, startBareNginx, startService } from './nginx.ts'
import { needPrograms } from './programs.ts'
import { type Chapter, writeReport } from './report.ts'

type Start = (options: ContenderOptions) => Promise<Contender>

const CONNECTIONS = [64, 1]

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
})
const rounds = Number(options.rounds ?? (options.short ? 2 : 7))
const seconds = Number(options.seconds ?? (options.short ? 1 : 4))

const ALL: ReadonlyMap<string, Start> = new Map<string, Start>([
  ['nginx', startBareNginx],
  ['auth_request', startAskingNginx],
  ['gatehouse', startGatehouse],
  ['mellon', startMellon],
])

const CROWDS: readonly Start[] = [
  (each) => startCrowded({ ...each, sessions: 1 }),
  (each) => startCrowded({ ...each, sessions: 3_000 }),
  (each) => startCrowdedMellon({ ...each, sessions: 3_000 }),
]
const LARGE_CROWDS: readonly Start[] = [
  (each) => startCrowded({ ...each, sessions: 100_000, asked: 1_000 }),
  (each) => startCrowded({ ...each, sessions: 100_000 }),
]

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
await chmod(folder, 0o755)
try {
  needPrograms()
  const service = await startService(await newFolder())
  try {
    const chapters = await measureAll(service.url)
    await writeReport({ chapters, rounds, seconds, toFile: !options.short && options.only === undefined })
  } finally {
    await service.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureAll(upstream: string): Promise<readonly Chapter[]> {
  const contenders = [...ALL].filter(([name]) => options.only === undefined || options.only.split(',').includes(name))
  const chapters: Chapter[] = []
  for (const accessLog of [false, true]) {
    const starts = contenders.map(([, start]) => start)
    const measured = await measureTogether(starts, { upstream, accessLog, connections: CONNECTIONS })
    chapters.push({ title: accessLog ? 'With an access log' : 'Without an access log', measured })
  }
  if (options.only !== undefined && !options.only.includes('sessions')) return chapters
  const crowds = options.short ? CROWDS : [...CROWDS, ...LARGE_CROWDS]
  const measured = await measureTogether(crowds, { upstream, accessLog: false, connections: [64] })
  return [...chapters, { title: 'Live sessions', measured }]
}

async function measureTogether(
  starts: readonly Start[],
  { upstream, accessLog, connections }: { upstream: string; accessLog: boolean; connections: readonly number[] },
): Promise<readonly Measured[]> {
  const running: Contender[] = []
  try {
    for (const start of starts) running.push(await start({ folder: await newFolder(), upstream, accessLog }))
    return await measureRounds(running, { rounds, seconds, connections, folder })
  } finally {
    await Promise.all(running.map((each) => each.stop()))
  }
}

async function newFolder(): Promise<string> {
  const made = await mkdtemp(join(folder, 'contender-'))
  // Apache's workers are somebody else when root starts it.
  await chmod(made, 0o755)
  return made
}
