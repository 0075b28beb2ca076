/** `gatehouse keys status` and `rotate`: the key of identity tokens and the cookie key. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { auditRecord } from '../audit/record.ts'
import type { Config } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { addNextKey, loadRing } from '../core/key-files.ts'
import { currentKey, KEYS_CHANGED, KEYS_HELD, type KeyKind, type KeyRing } from '../core/key-ring.ts'
import { systemRandom } from '../core/random.ts'
import { systemClock, systemStopwatch } from '../core/time.ts'
import { runningPid } from '../store/data-directory.ts'
import type { Store } from '../store/ports.ts'
import { type GlobalOptions, globalOptions, outputOf, requireConfig, withDirectory } from './context.ts'
import { describeKeys, type KeyDescription, keyId, keyTable } from './key-descriptions.ts'

const KINDS: readonly KeyKind[] = ['identity', 'cookies']
/** A gateway looks for changes four times a second. */
const HELD_WITHIN_MS = 10_000
const ASK_EVERY_MS = 50

export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('the key of identity tokens and the cookie key')
  keys
    .command('status')
    .description('the keys that count now, and those to come')
    .action(async (_options, command: Command) => {
      const described = await describeKeys(await requireConfig(globalOptions(command)), systemClock)
      outputOf(command).result(described, () => keyTable(described))
    })
  keys
    .command('rotate [kind]')
    .description('make a new key (identity, cookies; both unless named) and return once the gateway holds it')
    .action(async (kind: string | undefined, _options, command: Command) => {
      const described = await rotate(globalOptions(command), wantedKinds(kind))
      outputOf(command).result(described, () => keyTable(described))
    })
}

function wantedKinds(kind: string | undefined): readonly KeyKind[] {
  const named = KINDS.filter((each) => kind === undefined || each === kind)
  if (named.length === 0) throw new AppError('CONFIG_INVALID', `there is no key ${kind}; must be identity or cookies`)
  return named
}

async function rotate(options: GlobalOptions, kinds: readonly KeyKind[]): Promise<readonly KeyDescription[]> {
  const config = await requireConfig(options)
  const dir = join(config.dataDir, 'keys')
  for (const kind of kinds) await checkCanRotate(config, dir, kind)
  const made = new Map<KeyKind, string>()
  for (const kind of kinds) {
    await addNextKey({ dir, clock: systemClock }, kind)
    const newest = (await requireRing(dir, kind)).at(-1)
    made.set(kind, newest === undefined ? '' : await keyId(kind, newest.text))
  }
  await withDirectory(options, ({ store }) => publish(store, config, made))
  return describeKeys(config, systemClock)
}

async function checkCanRotate({ keys }: Config, dir: string, kind: KeyKind): Promise<void> {
  if (keys[kind] !== null) {
    const how = 'must be changed there, and taken by gatehouse reload'
    throw new AppError('CONFIG_INVALID', `keys.${kind} is configured; ${how}`)
  }
  const ring = await requireRing(dir, kind)
  const next = ring.at(-1)
  if (next !== undefined && next !== currentKey(ring, systemClock.now())) {
    throw new AppError('KEY_WAITING', `the key ${next.file} is waiting for its first use; see gatehouse keys status`)
  }
}

async function requireRing(dir: string, kind: KeyKind): Promise<KeyRing> {
  const ring = existsSync(dir) ? await loadRing({ dir, clock: systemClock }, kind) : undefined
  if (ring === undefined)
    throw new AppError('NOT_FOUND', `there are no keys in ${dir}; they are made at the first start`)
  return ring.counting
}

/** Audit record and change together; then waits for the gateway, if there is one. */
async function publish(store: Store, { dataDir }: Config, made: ReadonlyMap<KeyKind, string>): Promise<void> {
  const parts = { clock: systemClock, random: systemRandom }
  const detail = { identity: made.get('identity') ?? null, cookies: made.get('cookies') ?? null }
  const revision = await store.transaction(async ({ audit, revisions }) => {
    await audit.append(auditRecord(parts, 'keys.rotated', { actor: null, detail }))
    return revisions.publish([KEYS_CHANGED])
  })
  const end = systemStopwatch() + HELD_WITHIN_MS
  let pid = runningPid(dataDir)
  while (pid !== undefined) {
    const { keys } = await store.revisions.changesSince(revision)
    if (keys.includes(KEYS_HELD)) return
    if (systemStopwatch() > end) {
      throw new AppError('INTERNAL', `process ${pid} has not taken the keys within 10 s; its log says why`)
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
    pid = runningPid(dataDir)
  }
}
