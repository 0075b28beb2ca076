/**
 * `npm run bench:signin`: complete sign-ins by Gatehouse, mod_auth_mellon and Shibboleth SP. The
 * messages are signed beforehand. Writes its table into docs/performance.md, unless `--short` makes it a quick look.
 */

import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openTestIdentityProvider } from '../../support/demo-idp.ts'
import { startService } from '../forwarding/nginx.ts'
import { needPrograms } from '../forwarding/programs.ts'
import { SHIBBOLETH, startMellon, startShibboleth } from './apache.ts'
import type { BenchProvider, SignInContender, SignInContenderOptions } from './contender.ts'
import { startGatehouse } from './gatehouse.ts'
import { type Measured, measureSignIns } from './measure.ts'
import { writeReport } from './report.ts'

type Start = (options: SignInContenderOptions) => Promise<SignInContender>

const CONCURRENCY = 8

const { values: options } = parseArgs({
  options: { short: { type: 'boolean', default: false }, only: { type: 'string' } },
})
const rounds = { rounds: options.short ? 2 : 7, signIns: options.short ? 300 : 1000, concurrency: CONCURRENCY }

const ALL: ReadonlyMap<string, Start> = new Map<string, Start>([
  ['gatehouse', startGatehouse],
  ['mellon', startMellon],
  ['shibboleth', startShibboleth],
])

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
await chmod(folder, 0o755)
try {
  needPrograms([SHIBBOLETH])
  const service = await startService(await newFolder())
  try {
    const measured = await measureAll(service.url, await benchProvider())
    await writeReport({ measured, ...rounds, toFile: !options.short && options.only === undefined })
  } finally {
    await service.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function benchProvider(): Promise<BenchProvider> {
  const provider = await openTestIdentityProvider({ serviceProvider: { entityId: 'urn:nobody', acsUrl: 'urn:nobody' } })
  await provider.close()
  return { keys: provider.keys, metadata: provider.metadata() }
}

async function measureAll(upstream: string, provider: BenchProvider): Promise<readonly Measured[]> {
  const running: SignInContender[] = []
  try {
    for (const [name, start] of ALL) {
      if (options.only !== undefined && !options.only.split(',').includes(name)) continue
      running.push(await start({ folder: await newFolder(), upstream, provider }))
    }
    return await measureSignIns(running, provider, rounds)
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
