import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../../src/config/load.ts'
import { silentLog } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { addSeconds, type Clock, minutes, systemClock } from '../../../src/core/time.ts'
import { DEMO_SYSTEMS } from '../../../src/demo/services/services.ts'
import { type Demo, startDemo } from '../../../src/demo/start.ts'

const PORT = 21800
const YEARS_11 = minutes(11 * 365 * 24 * 60)

describe('startDemo', () => {
  let dataDir: string
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'))
  })
  after(() => rm(dataDir, { recursive: true }))

  const start = (clock: Clock = systemClock) =>
    startDemo({ port: PORT, dataDir, clock, random: systemRandom, log: silentLog })
  async function during<Value>(work: (demo: Demo) => Promise<Value>, clock?: Clock): Promise<Value> {
    const demo = await start(clock)
    try {
      return await work(demo)
    } finally {
      await demo.close()
    }
  }
  const metadata = () => readFile(join(dataDir, 'demo/idp-metadata.xml'), 'utf8')
  const listen = (server: Server, port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))

  it('opens everything it prints but the gateway itself, and closes it again', async () => {
    const ports = await during(async ({ env, lines }) => {
      assert.ok(lines.some((line) => line.includes(`http://localhost:${PORT + 1}/`)))
      const opened = [PORT + 1, PORT + 2, PORT + 3, PORT + 4, PORT + 5, PORT + 6]
      for (const port of opened) assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
      assert.equal(env.GATEHOUSE_DEMO_FLEXNET, String(PORT + 2))
      return opened
    })
    for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
  })

  it('prints every account with what becomes of it', async () => {
    const lines = await during(async (demo) => demo.lines)
    for (const account of ['ada.admin', 'otto.operator', 'nora.newcomer', 'sam.shortsession']) {
      assert.ok(lines.some((line) => line.includes(`${account}@demo.example  `)))
    }
  })

  it('sets exactly the variables that the demo configuration reads', async () => {
    const file = new URL('../../../config/demo/gatehouse.yaml', import.meta.url)
    const read = readFileSync(file, 'utf8').matchAll(/\$\{(\w+)\}/g)
    const env = await during(async (demo) => demo.env)
    assert.deepEqual([...new Set([...read].map(([, name]) => name))].sort(), Object.keys(env).sort())
  })

  it('makes the demo configuration a valid one, with its five services and its metadata file', async () => {
    const file = fileURLToPath(new URL('../../../config/demo/gatehouse.yaml', import.meta.url))
    const checks = {
      profile: () => null,
      settings: () => [],
      guests: () => true,
      metadata: () => [],
      entityId: () => undefined,
    }
    const read = await during(({ env }) => loadConfig({ file, env, clock: systemClock, checks }))
    assert.ok(read.ok, JSON.stringify(read))
    assert.equal(read.value.publicUrl.origin, `http://localhost:${PORT}`)
    const prefixes = read.value.services.map(({ id, match, upstream }) => [id, match.path, upstream[0]])
    const expected = DEMO_SYSTEMS.map(({ id, prefix }, index) => [id, prefix, `http://127.0.0.1:${PORT + 2 + index}`])
    assert.deepEqual(prefixes, expected)
  })

  it('keeps its key over a restart, unreadable to others, and makes a new one when the certificate is over', async () => {
    const first = await during(metadata)
    assert.equal(await during(metadata), first)
    assert.equal((await stat(join(dataDir, 'demo/identity-provider.pem'))).mode & 0o077, 0)
    const later = { now: () => addSeconds(systemClock.now(), YEARS_11) }
    assert.notEqual(await during(metadata, later), first)
  })

  it('names a port in use and leaves nothing open', async () => {
    const squatter = createServer()
    await listen(squatter, PORT + 4)
    await assert.rejects(start(), { code: 'CONFIG_INVALID', message: new RegExp(`^port ${PORT + 4} is in use`) })
    await new Promise((resolve) => squatter.close(resolve))
    await during(async () => {})
  })

  it('refuses a port that leaves no room for the others', async () => {
    const refused = startDemo({ port: 65530, dataDir, clock: systemClock, random: systemRandom, log: silentLog })
    await assert.rejects(refused, { code: 'CONFIG_INVALID' })
  })
})
