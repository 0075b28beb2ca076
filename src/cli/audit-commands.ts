/** `gatehouse audit verify`, `audit list` and `audit export`. */

import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

import { type Command, Option } from 'commander'
import { type ExportFormat, exportAudit } from '../audit/export.ts'
import { FLAWS } from '../audit/findings.ts'
import { auditEntries } from '../audit/read.ts'
import { type Verification, verifyAudit } from '../audit/verify.ts'
import { AppError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { type Instant, instant, isoTime, systemClock } from '../core/time.ts'
import { openSelfSigned } from '../session/jose.ts'
import { openStoreForCommand, storeIsThere } from '../store/open.ts'
import type { Store } from '../store/ports.ts'
import { type ListOptions, listAudit, readLimit, recordTable } from './audit-list.ts'
import { type GlobalOptions, globalOptions, identityOf, outputOf, requireConfig } from './context.ts'
import { textTable } from './output.ts'
import type { Ending } from './program.ts'

const BROKEN = 1
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

interface VerifyOptions {
  readonly key: readonly string[]
  readonly anchor: readonly string[]
}

interface ExportOptions {
  readonly format: ExportFormat
  readonly since?: Instant
  readonly until?: Instant
}

export function addAuditCommands(program: Command, ended: (ending: Ending) => void): void {
  const audit = program.command('audit').description('what happened, and whether the record of it is whole')
  audit
    .command('verify')
    .description('check all chains and name the first record that is not as it was written')
    .option('--key <id>', 'id of an identity key that is trusted too; may stand several times', collect, [])
    .option('--anchor <file>', 'a newestAnchor that was kept elsewhere; may stand several times', collect, [])
    .action(async ({ key, anchor }: VerifyOptions, command: Command) => {
      const options = globalOptions(command)
      const identity = await identityOf(await requireConfig(options))
      const trusted = [...identity.keys().map(({ kid }) => kid), ...key]
      const anchors = await Promise.all(anchor.map(readAnchor))
      const verification = await withStore(options, ({ audit: log }) =>
        verifyAudit({ audit: log, open: openSelfSigned, trusted, anchors }),
      )
      const described = describe(verification)
      outputOf(command).result(described, () => table(described))
      ended(verification.broken === null ? undefined : BROKEN)
    })
  addReading(audit)
}

function addReading(audit: Command): void {
  audit
    .command('list')
    .description('the newest records that fit, oldest first')
    .option('--event <name>', 'of this event; may stand several times for any of them', collect, [])
    .option(
      '--about <text>',
      'with this account, id, role, service or other value; may stand several times',
      collect,
      [],
    )
    .option('--since <time>', 'from this time on', readTime)
    .option('--until <time>', 'before this time', readTime)
    .option('--limit <number>', 'how many at most', readLimit, 50)
    .action(async (options: ListOptions, command: Command) => {
      const records = await withStore(globalOptions(command), (store) => listAudit(store, options))
      outputOf(command).result(records, () => recordTable(records))
    })
  audit
    .command('export')
    .description('print all records, oldest first')
    .addOption(new Option('--format <format>', 'what to print').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--since <time>', 'from this time on: ISO 8601, such as 2026-01-31 or 2026-01-31T12:00:00Z', readTime)
    .option('--until <time>', 'before this time', readTime)
    .action(async ({ format, ...range }: ExportOptions, command: Command) => {
      await withStore(globalOptions(command), ({ audit: log }) => print(exportAudit(auditEntries(log, range), format)))
    })
}

/** Runs `work`, which reads, on the configured store, which must be there. */
async function withStore<Value>(options: GlobalOptions, work: (store: Store) => Promise<Value>): Promise<Value> {
  const config = await requireConfig(options)
  if (!storeIsThere(config)) throw new AppError('NOT_FOUND', `there is no store in ${config.dataDir} yet`)
  const store = await openStoreForCommand(config, { writer: null, clock: systemClock, log: silentLog })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A reader that wants no more, such as `head`, ends it. */
async function print(text: AsyncIterable<string | Buffer>): Promise<void> {
  try {
    await pipeline(text, process.stdout, { end: false })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}

async function readAnchor(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('CONFIG_INVALID', `--anchor ${file}: ${reason}`, { cause })
  }
}

/** Date alone is midnight UTC; a time needs its zone. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/

function readTime(text: string): Instant {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new AppError('CONFIG_INVALID', `${text}: must be a time such as 2026-01-31T12:00:00Z`)
  return instant(time)
}

function describe({ broken, from, to, ...counts }: Verification) {
  const named = broken && { ...broken, at: isoTime(broken.at), reason: FLAWS[broken.flaw] }
  return { ok: broken === null, ...counts, from: isoTime(from), to: isoTime(to), broken: named }
}

function table({ ok, records, chains, anchors, from, to, broken }: ReturnType<typeof describe>): string {
  const seen = textTable(
    ['RECORDS', 'CHAINS', 'ANCHORS', 'FROM', 'TO'],
    [[String(records), String(chains), String(anchors), from, to]],
  )
  if (ok || broken === null) return `${seen}\nthe audit is whole`
  const rows = Object.entries(broken).map(([key, value]) => [key, value === null ? null : String(value)])
  return `${seen}\nthe audit is broken at this record:\n${textTable(['', ''], rows)}`
}
