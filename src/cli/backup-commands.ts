/** `gatehouse backup` and `restore`: the embedded store as one file, with its keys where they are asked for. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { chainWriter } from '../audit/chain-writer.ts'
import { auditRecord } from '../audit/record.ts'
import type { Config } from '../config/config.ts'
import { createWhole } from '../core/durable-files.ts'
import { AppError } from '../core/errors.ts'
import { systemRandom } from '../core/random.ts'
import { isoTime, systemClock } from '../core/time.ts'
import { holdDataDirectory } from '../store/data-directory.ts'
import { storeFile } from '../store/open.ts'
import type { Store } from '../store/ports.ts'
import { type CarriedFiles, copyDatabase } from '../store/sql/sqlite/backup.ts'
import { restoreDatabase } from '../store/sql/sqlite/restore.ts'
import { globalOptions, identityOf, outputOf, requireConfig } from './context.ts'

const KEYS = 'keys'

export function addBackupCommands(program: Command): void {
  program
    .command('backup <file>')
    .description('copy the store to a new file while the gateway runs')
    .option('--with-keys', 'put the keys of dataDir/keys into the file, which then is a secret itself')
    .action(async (file: string, { withKeys = false }: { withKeys?: boolean }, command: Command) => {
      const config = await requireConfig(globalOptions(command))
      const carried = withKeys ? await readKeys(config) : new Map<string, string>()
      await backUp(requireStoreFile(config), file, carried)
      const result = { file: resolve(file), keys: [...carried.keys()] }
      outputOf(command).result(result, () => `the store is in ${result.file}${withKeys ? ', with the keys' : ''}`)
    })
  program
    .command('restore <file>')
    .description('put a backup in the place of the store; ends all sessions')
    .action(async (file: string, _options, command: Command) => {
      const result = await restore(await requireConfig(globalOptions(command)), file)
      outputOf(command).result(result, () => describeRestore(result))
    })
}

async function backUp(store: string, target: string, carried: CarriedFiles): Promise<void> {
  if (!existsSync(store)) throw new AppError('NOT_FOUND', `there is no store ${store} yet`)
  const created = await createWhole(target, async (unfinished) => copyDatabase(store, unfinished, carried)).catch(
    (cause: unknown) => {
      if (cause instanceof AppError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new AppError('CONFIG_INVALID', `${target} cannot be written: ${reason}`, { cause })
    },
  )
  if (!created) throw new AppError('CONFIG_INVALID', `${target} is there already; must be a new file`)
}

interface RestoreResult {
  /** The store that was in use, or null. */
  readonly aside: string | null
  readonly restoredAt: string
  readonly sessionsEnded: number
  readonly keysRestored: readonly string[]
  /** Other keys of those names are in use and stay. */
  readonly keysKept: readonly string[]
}

async function restore(config: Config, file: string): Promise<RestoreResult> {
  const store = requireStoreFile(config)
  const held = holdDataDirectory(config.dataDir)
  try {
    const now = systemClock.now()
    let sessionsEnded = 0
    const settle = async (restored: Store) => {
      sessionsEnded = await endEverything(restored)
    }
    let keys: Awaited<ReturnType<typeof writeKeys>> = { keysRestored: [], keysKept: [] }
    // The keys come first: the restored store is signed with the one that is in use from now on.
    const writer = async (carried: CarriedFiles) => {
      keys = await writeKeys(config, carried)
      return chainWriter({ signer: await identityOf(config), clock: systemClock, random: systemRandom })
    }
    const { aside } = await restoreDatabase({ backup: file, file: store, settle, writer, clock: systemClock })
    return { aside, restoredAt: isoTime(now), sessionsEnded, ...keys }
  } finally {
    held.release()
  }
}

/** What was ended or claimed after the backup is unknown, so nothing from before the restore may count (see Restores). */
function endEverything(store: Store): Promise<number> {
  return store.transaction(async ({ sessions, restores, audit, revisions }) => {
    const { length: sessionsEnded } = await sessions.revokeOtherProviders([])
    await restores.record(systemClock.now())
    const parts = { clock: systemClock, random: systemRandom }
    await audit.append(auditRecord(parts, 'store.restored', { actor: null, detail: { sessionsEnded } }))
    await revisions.publish(['settings'])
    return sessionsEnded
  })
}

function requireStoreFile(config: Config): string {
  const file = storeFile(config)
  if (file !== undefined) return file
  throw new AppError('CONFIG_INVALID', `stores.directory (${config.stores.directory}): must be sqlite for a backup`)
}

async function readKeys({ dataDir }: Config): Promise<CarriedFiles> {
  const folder = join(dataDir, KEYS)
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `there are no keys in ${folder}`, { cause })
  })
  const keys = names.filter(isKeyName).toSorted()
  return new Map(
    await Promise.all(keys.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  )
}

async function writeKeys({ dataDir }: Config, carried: CarriedFiles) {
  const folder = join(dataDir, KEYS)
  const keysRestored: string[] = []
  const keysKept: string[] = []
  if (carried.size > 0) await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [name, content] of carried) {
    if (!isKeyName(name)) throw new AppError('CONFIG_INVALID', 'the backup carries a file that is no key')
    const file = join(folder, name)
    if (await createWhole(file, (unfinished) => writeFile(unfinished, content))) keysRestored.push(name)
    else if ((await readFile(file, 'utf8')) !== content) keysKept.push(name)
  }
  return { keysRestored, keysKept }
}

/** A name of one of our key files, and no path. */
function isKeyName(name: string): boolean {
  return /^[a-z0-9][a-zA-Z0-9-]*\.(?:key|crt)$/.test(name)
}

function describeRestore({ aside, sessionsEnded, keysRestored, keysKept }: RestoreResult): string {
  const lines = [`the backup is in place; ${sessionsEnded} sessions were ended`]
  if (aside !== null) lines.push(`the store that was in use is ${aside}`)
  if (keysRestored.length > 0) lines.push(`keys put back: ${keysRestored.join(', ')}`)
  if (keysKept.length > 0) lines.push(`other keys stay in use: ${keysKept.join(', ')}`)
  return lines.join('\n')
}
