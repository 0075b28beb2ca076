/** `gatehouse who-may`, `what-may` and `lint`: the directory as decisions see it, page by page. */

import { type Command, InvalidArgumentError } from 'commander'
import { type Finding, lint } from '../authz/lint.ts'
import type { ObjectFacts } from '../authz/model.ts'
import { obligationText } from '../authz/obligation-text.ts'
import { LARGEST_PAGE, type Page, whatMay, whoMay } from '../authz/who.ts'
import { AppError } from '../core/errors.ts'
import { globalOptions, outputOf } from './context.ts'
import { orThrow, type StoredWorld, storedWorld } from './explain.ts'
import { type Output, textTable } from './output.ts'
import type { Ending } from './program.ts'
import { findOperator, objectOf, operatorsByAccount } from './question.ts'

interface PageOptions {
  readonly limit: number
  readonly after?: string
}

const FINDINGS = 1

export function addAccessCommands(program: Command, ended: (ending: Ending) => void): void {
  paged(program.command('who-may <operation>'))
    .description('operators who are allowed an operation')
    .requiredOption('--service <id>', 'of which service')
    .option('--object <type:id>', 'about which object; without it: in principle')
    .action(
      async (operation: string, options: PageOptions & { service: string; object?: string }, command: Command) => {
        const stored = await storedWorld(globalOptions(command))
        const object = factsOf(stored, options.service, options.object)
        const page = whoMay(stored.world, { service: options.service, name: operation }, object, queryOf(options))
        printPage(outputOf(command), page, ['ACCOUNT', 'PROVIDER', 'RULE', 'OBLIGATIONS'], (holder) => [
          holder.account,
          holder.provider,
          holder.rule,
          holder.obligations.map((each) => JSON.stringify(obligationText(each))).join(' '),
        ])
      },
    )
  paged(program.command('what-may <account>'))
    .description('operations that an operator is allowed, or sees disabled')
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .option('--service <id>', 'of one service only')
    .option('--object <type:id>', 'about which object of that service; without it: in principle')
    .action(
      async (
        account: string,
        options: PageOptions & { idp?: string; service?: string; object?: string },
        command: Command,
      ) => {
        const stored = await storedWorld(globalOptions(command))
        const { service = null } = options
        const people = operatorsByAccount(stored.directory.operators)
        const { id } = orThrow(findOperator(people, account, options.idp), 'OPERATOR_UNKNOWN')
        const object = service === null ? null : factsOf(stored, service, options.object)
        const subject = stored.world.current(id)
        const none = { items: [], next: null }
        const page = subject === null ? none : whatMay(stored.world, subject, { service, object }, queryOf(options))
        printPage(outputOf(command), page, ['SERVICE', 'OPERATION', 'EFFECT', 'RULE', 'CONFLICT'], (ability) => [
          ability.service,
          ability.operation,
          ability.effect,
          ability.rule,
          ability.conflict ? 'yes' : 'no',
        ])
      },
    )
  program
    .command('lint')
    .description('conflicts, roles that nobody reaches, near twins, permissions that decide nothing')
    .action(async (_options, command: Command) => {
      const { world, directory } = await storedWorld(globalOptions(command))
      const findings = lint(world, directory)
      outputOf(command).result(findings, () => textTable(['FINDING', 'ABOUT', 'DETAIL'], findings.map(findingRow)))
      ended(findings.length > 0 ? FINDINGS : undefined)
    })
}

function paged(command: Command): Command {
  return command
    .option('--limit <number>', `at most so many, up to ${LARGEST_PAGE}`, readLimit, LARGEST_PAGE)
    .option('--after <key>', 'go on behind the item with this key')
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_PAGE) return limit
  throw new InvalidArgumentError(`Must be a whole number from 1 to ${LARGEST_PAGE}.`)
}

function queryOf({ limit, after = undefined }: PageOptions): { limit: number; after: string | null } {
  return { limit, after: after ?? null }
}

function printPage<Item>(
  output: Output,
  page: Page<Item>,
  head: readonly string[],
  row: (item: Item) => readonly string[],
): void {
  output.result(page, () => textTable(head, page.items.map(row)))
  if (page.next !== null) output.note(`there is more: --after '${page.next}'`)
}

function factsOf({ world, profiles }: StoredWorld, service: string, object: string | undefined): ObjectFacts | null {
  const profile = profiles.get(world.snapshot.services.get(service)?.profile ?? '')
  if (profile === undefined) throw new AppError('SERVICE_UNKNOWN', `there is no service ${service}`)
  return object === undefined ? null : world.facts(service, orThrow(objectOf(profile, object), 'CONFIG_INVALID'))
}

function findingRow(finding: Finding): readonly string[] {
  switch (finding.kind) {
    case 'conflict':
      return [finding.kind, `${finding.account} on ${finding.service}`, finding.resources.join(', ')]
    case 'near-twins':
      return [finding.kind, finding.roles.join(', '), finding.resource]
    case 'unreachable-role':
      return [finding.kind, finding.role, '']
    case 'unused-permission':
      return [finding.kind, finding.role, finding.resource]
  }
}
