/** `gatehouse test`, `gatehouse explain`: decisions rehearsed and told, by the code that decides on real traffic. */

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { obligationText } from '../authz/obligation-text.ts'
import { AppError } from '../core/errors.ts'
import { systemClock } from '../core/time.ts'
import { loadModel } from '../directory/model.ts'
import { loadShippedProfiles } from '../profiles/shipped.ts'
import { readCaseFile } from './case-file.ts'
import { type Defaults, type Difference, runCases } from './case-run.ts'
import { type GlobalOptions, globalOptions, outputOf, requireConfig, withDirectory } from './context.ts'
import { type ExplainOptions, explain } from './explain.ts'
import { explanationTable } from './explain-table.ts'
import { printable } from './output.ts'
import type { Ending } from './program.ts'

const DENIED = 1
const DIFFERENCES = 1

export function addDecisionCommands(program: Command, ended: (ending: Ending) => void): void {
  program
    .command('test <file...>')
    .description('ask the decisions of case files, and print what differs from what they expect')
    .action(async (files: string[], _options, command: Command) => {
      const options = globalOptions(command)
      const differences = await testFiles(files, options)
      const lines = options.output === 'json' ? differencesAsJson(differences) : differences.map(differenceLine)
      process.stdout.write(lines.map((line) => `${line}\n`).join(''))
      ended(differences.length > 0 ? DIFFERENCES : undefined)
    })
  program
    .command('explain')
    .description('what the decision would be, and what it is made from')
    .requiredOption('--operator <account>', 'who asks')
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .requiredOption('--service <id>', 'of which service')
    .option('--operation <name>', 'operation of its profile')
    .option('--request <request>', 'or a request: "METHOD PATH", the path behind the prefix of the service')
    .option('--object <type:id>', 'about which object; without it: in principle')
    .option('--product <id...>', 'products that the request names, for rights that are for some products alone')
    .action(async (options: ExplainOptions, command: Command) => {
      const explained = await explain(options, globalOptions(command))
      outputOf(command).result(explained, () => explanationTable(explained))
      ended(explained.effect === 'allow' ? undefined : DENIED)
    })
}

/** What differs in all files. Throws CONFIG_INVALID with one line per problem when any of them cannot be asked. */
async function testFiles(files: readonly string[], options: GlobalOptions): Promise<readonly Difference[]> {
  const profiles = await loadShippedProfiles()
  const now = systemClock.now()
  const defaults: Defaults = {
    services: async () => (await requireConfig(options)).services,
    directory: () => withDirectory(options, ({ store }) => loadModel(store)),
  }
  const differences: Difference[] = []
  const problems: string[] = []
  for (const file of files) {
    const read = readCaseFile(await textOf(file), file, profiles)
    const run = read.ok ? await runCases(file, read.value, { profiles, defaults, now }) : read
    if (run.ok) differences.push(...run.value)
    else problems.push(...run.error)
  }
  if (problems.length > 0) throw new AppError('CONFIG_INVALID', problems.join('\n'))
  return differences
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${file}: cannot be read`, { cause })
  }
}

function differenceLine({ file, line, given, differs }: Difference): string {
  const { operator, service, operation, request, object, name } = given
  const what = `${operation ?? request} on ${service}${object === undefined ? '' : ` ${object}`}`
  const title = name === undefined ? '' : `${name}: `
  return printable(`${file}:${line}: ${title}${operator ?? 'no session'}: ${what}: ${differs.join('; ')}`)
}

/** A JSON array with one line a difference. */
function differencesAsJson(differences: readonly Difference[]): readonly string[] {
  const items = differences.map(({ file, line, given, decision, differs }) => {
    const { effect, rule, conflict, hidden } = decision
    const obligations = decision.obligations.map(obligationText)
    return JSON.stringify({
      file,
      line,
      case: given,
      decision: { effect, rule, conflict, hidden, obligations },
      differs,
    })
  })
  return items.length === 0
    ? ['[]']
    : ['[', ...items.map((item, at) => (at < items.length - 1 ? `${item},` : item)), ']']
}
