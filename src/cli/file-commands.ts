/** `gatehouse export|plan|apply|import`: the directory as a file (contract section 8). */

import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { Config } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { Result } from '../core/result.ts'
import { readOperatorsCsv } from '../directory/file/csv.ts'
import type { EntryChange } from '../directory/file/describe.ts'
import { type ReadFile, readDirectoryFile } from '../directory/file/read.ts'
import { directoryText } from '../directory/file/write.ts'
import { type DirectoryPlan, type FileOptions, type Planned, requirePlan } from '../directory/files.ts'
import { objectText } from '../directory/model.ts'
import { accessOf, accessTable } from './access-difference.ts'
import { type DirectoryTools, globalOptions, knownProvider, outputOf, requireConfig, withDirectory } from './context.ts'
import { printable, textTable } from './output.ts'
import type { Ending } from './program.ts'

/** Who a change by the command is attributed to: nobody who signed in. */
const ACTOR = null

const DIFFERENT = 1

export function addFileCommands(program: Command, ended: (ending: Ending) => void): void {
  addExport(program)
  const prune = new Option('--prune', 'take out what a section of the file does not name')
  program
    .command('plan <file>')
    .description('what a directory file would change, and who gains or loses what by it')
    .addOption(prune)
    .action(async (path: string, options: { prune?: boolean }, command: Command) => {
      const planned = await withFile(command, path, options, ({ files }, read, how) => files.plan(read.content, how))
      const { services } = await requireConfig(globalOptions(command))
      const access = await accessOf(planned, services)
      const { changes } = planned
      outputOf(command).result({ changes, access }, () => `${changeTable(changes)}\n\n${accessTable(access)}`)
      warn(command, planned, 'would be')
      ended(changes.length > 0 ? DIFFERENT : undefined)
    })
  program
    .command('apply <file>')
    .description('change the directory to what a file says, all or nothing')
    .addOption(prune)
    .action(async (path: string, options: { prune?: boolean }, command: Command) => {
      print(command, await withFile(command, path, options, apply))
    })
  program
    .command('import')
    .description('operators from another format')
    .command('csv <file>')
    .description('create the operators of a table, all or none')
    .option('--idp <id>', 'identity provider of rows that name none, or local')
    .action(async (path: string, options: { idp?: string }, command: Command) => {
      print(command, await withFile(command, path, { ...options, csv: true }, apply))
    })
}

function addExport(program: Command): void {
  program
    .command('export')
    .description('the directory as a file that apply takes')
    .addOption(new Option('--format <format>', 'of the file').choices(['yaml', 'json']))
    .action(async ({ format }: { format?: 'yaml' | 'json' }, command: Command) => {
      const globals = globalOptions(command)
      const model = await withDirectory(globals, ({ files }) => files.current())
      const chosen = format ?? (globals.output === 'json' ? 'json' : 'yaml')
      process.stdout.write(directoryText(model, chosen))
    })
}

interface How {
  readonly prune?: boolean
  readonly idp?: string
  readonly csv?: boolean
}

const apply = ({ files }: DirectoryTools, read: ReadFile, how: FileOptions): Promise<Planned> =>
  files.apply(read.content, how, ACTOR)

async function withFile(
  command: Command,
  path: string,
  { prune = false, idp, csv = false }: How,
  work: (tools: DirectoryTools, read: ReadFile, how: FileOptions) => Promise<Planned>,
): Promise<DirectoryPlan> {
  return withDirectory(globalOptions(command), async (tools) => {
    const read = requireFile(await readText(path), path, csv ? readOperatorsCsv : readDirectoryFile)
    const how = { ...providersOf(tools.config, idp), prune, onlyNew: csv }
    return requirePlan(await work(tools, read, how), read.explain)
  })
}

/** The provider of an operator whose entry names none: the one that is named, or the only one that there is. */
function providersOf(config: Config, idp: string | undefined): Pick<FileOptions, 'providers' | 'defaultProvider'> {
  const ids = config.identityProviders.map(({ id }) => id)
  const only = ids.length === 1 ? (ids[0] ?? null) : null
  return { providers: [...ids, 'local'], defaultProvider: knownProvider(config, idp) ?? only }
}

function requireFile(
  text: string,
  path: string,
  read: (text: string, file: string) => Result<ReadFile, readonly string[]>,
): ReadFile {
  const content = read(text, path)
  if (content.ok) return content.value
  throw new AppError('DIRECTORY_FILE_INVALID', content.error.join('\n'))
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new AppError('DIRECTORY_FILE_INVALID', `${path}: cannot be read (${reason})`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new AppError('DIRECTORY_FILE_INVALID', `${path}: is not UTF-8`, { cause })
  }
}

function print(command: Command, plan: DirectoryPlan): void {
  const { changes } = plan
  outputOf(command).result({ changes }, () => changeTable(changes))
  warn(command, plan, 'is')
}

/** Nobody opens an object by moving or deleting what stands above it without being told (C-13). */
function warn(command: Command, { widened }: DirectoryPlan, verb: string): void {
  for (const { object, opens } of widened) {
    const how = opens ? 'to all whom their roles allow it' : 'to more than before'
    outputOf(command).note(printable(`warning: ${objectText(object)} of ${object.service} ${verb} open ${how}`))
  }
}

function changeTable(changes: readonly EntryChange[]): string {
  if (changes.length === 0) return 'no difference'
  const rows = changes.map(({ action, kind, name, changes: keys }) => [
    action,
    kind,
    name,
    keys.map(({ key, before, after }) => `${key}: ${shown(before)} → ${shown(after)}`).join('; '),
  ])
  return textTable(['ACTION', 'KIND', 'NAME', 'CHANGES'], rows)
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '–' : JSON.stringify(value)
}
