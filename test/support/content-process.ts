/**
 * A gateway with obligations on content in a process of its own, so that its memory can be told from that of the test. As
 * a program it prints its URL; `--service` is the origin of the service.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { restrainYoungGeneration, youngGarbageCollector } from '../../src/core/garbage.ts'
import { NO_RULES } from '../../src/gateway/content/rules.ts'
import { streamMemory } from '../../src/gateway/stream-memory.ts'
import { service, testGateway } from './gateway.ts'
import { ROOT } from './process.ts'
import { OPEN_TO_ALL } from './profiles.ts'

export interface ContentProcess {
  readonly url: string
  readonly pid: number
  close(): Promise<void>
}

/**
 * Starts it. `pakId` is masked and `secret` removed below `/app/`; below `/filtered/` both, and the items of `devices` are left out
 * whose `deviceId` ends with an odd digit.
 */
export async function openContentProcess(serviceUrl: string): Promise<ContentProcess> {
  const file = join(ROOT, 'test/support/content-process.ts')
  const child = spawn(process.execPath, [file, '--service', serviceUrl], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return { url: String(line).trim(), pid: child.pid ?? 0, close: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

async function serve(serviceUrl: string): Promise<void> {
  const rules = { ...NO_RULES, masks: [{ names: ['pakId'], keepLast: 4 }], removals: [['secret']] }
  const filter = {
    places: ['/devices/*'],
    id: ['deviceId'],
    everywhere: false,
    visible: (ids: readonly string[]) => new Set(ids.filter((id) => /[02468]$/.test(id))),
  }
  const gateway = await testGateway({
    services: ['app', 'filtered'].map((id) =>
      service({ id, match: { path: `/${id}/`, host: null }, profile: OPEN_TO_ALL.id, upstream: [serviceUrl] }),
    ),
    memory: streamMemory({ collect: youngGarbageCollector(), restrain: restrainYoungGeneration }),
    profiles: new Map([[OPEN_TO_ALL.id, OPEN_TO_ALL]]),
    contentRules: (id) => (id === 'filtered' ? { ...rules, filters: [filter] } : rules),
  })
  process.stdout.write(`${gateway.url}\n`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { service: { type: 'string' } } })
  await serve(values.service ?? '')
}
