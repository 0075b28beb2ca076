/** `gatehouse operators …`: accounts and their roles. */

import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { OperatorName } from '../directory/change.ts'
import { describeOperator, type OperatorDescription } from '../directory/describe-operator.ts'
import type { Directory } from '../directory/directory.ts'
import type { RoleAssignment } from '../directory/grants.ts'
import type { Operator } from '../store/ports.ts'
import { type DirectoryTools, globalOptions, knownProvider, outputOf, withDirectory } from './context.ts'
import { type HeirOptions, heirOf } from './heir-options.ts'
import { textTable } from './output.ts'

interface NameOptions {
  readonly idp?: string
}

/** Who a change by the command is attributed to: nobody who signed in. */
const ACTOR = null

export function addOperatorCommands(program: Command): void {
  const operators = program.command('operators').description('accounts and their roles')
  addCreate(operators)
  operators
    .command('list')
    .description('all operators')
    .action(async (_options, command: Command) => {
      const described = await withDirectory(globalOptions(command), async (tools) =>
        describeAll(tools, await Array.fromAsync(tools.directory.list())),
      )
      outputOf(command).result(described, () => operatorTable(described))
    })
  const show = (
    name: string,
    description: string,
    run: (directory: Directory, name: OperatorName) => Promise<Operator>,
  ) => addNamed(operators.command(`${name} <account>`).description(description), run)
  show('show', 'one operator', (directory, name) => directory.show(name))
  show('enable', 'let an operator sign in again', (directory, name) => directory.enable(name, ACTOR))
  show('disable', 'keep an operator out and end his sessions', (directory, name) => directory.disable(name, ACTOR))
  addDelete(operators)
  addRoleChange(operators, 'grant', 'give an operator a role', (directory, name, role) =>
    directory.grant(name, role, ACTOR),
  )
  addRoleChange(operators, 'revoke', 'take a role away', (directory, name, role) => directory.revoke(name, role, ACTOR))
}

function addCreate(operators: Command): void {
  operators
    .command('create <account>')
    .description('create an operator before the first sign-in')
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .option('--display-name <name>', 'name to show')
    .option(
      '--role <role[@service]>',
      'role to give; may stand several times',
      (role, roles: string[]) => [...roles, role],
      [],
    )
    .action(
      async (account: string, options: NameOptions & { displayName?: string; role: string[] }, command: Command) => {
        const operator = await withOperator(command, ({ config, directory }) =>
          directory.create(
            {
              account,
              provider: providerFor(config, options.idp),
              displayName: options.displayName ?? null,
              roles: options.role.map(readRole),
            },
            ACTOR,
          ),
        )
        printOperator(command, operator)
      },
    )
}

function addDelete(operators: Command): void {
  operators
    .command('delete <account>')
    .description('delete an operator, his roles and sessions')
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .option('--heir <account>', 'operator who is to own what he owns')
    .option('--heir-idp <id>', 'identity provider of the heir')
    .option('--heir-group <path>', 'group that is to own what he owns')
    .action(async (account: string, options: NameOptions & HeirOptions, command: Command) => {
      const operator = await withOperator(command, async (tools) => {
        const heir = await heirOf(tools, options)
        return tools.directory.remove({ account, provider: knownProvider(tools.config, options.idp) }, heir, ACTOR)
      })
      printOperator(command, operator)
    })
}

function addNamed(command: Command, run: (directory: Directory, name: OperatorName) => Promise<Operator>): void {
  command
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .action(async (account: string, { idp }: NameOptions, command: Command) => {
      const operator = await withOperator(command, ({ config, directory }) =>
        run(directory, { account, provider: knownProvider(config, idp) }),
      )
      printOperator(command, operator)
    })
}

function addRoleChange(
  operators: Command,
  name: string,
  description: string,
  run: (directory: Directory, name: OperatorName, role: RoleAssignment) => Promise<Operator>,
): void {
  operators
    .command(`${name} <account> <role>`)
    .description(description)
    .option('--service <id>', 'on this service only')
    .option('--idp <id>', 'identity provider that the account is of, or local')
    .action(async (account: string, role: string, options: NameOptions & { service?: string }, command: Command) => {
      const operator = await withOperator(command, ({ config, directory }) =>
        run(
          directory,
          { account, provider: knownProvider(config, options.idp) },
          { role, service: options.service ?? null },
        ),
      )
      printOperator(command, operator)
    })
}

/** `role` or `role@service`. */
function readRole(text: string): RoleAssignment {
  const at = text.indexOf('@')
  return at < 0 ? { role: text, service: null } : { role: text.slice(0, at), service: text.slice(at + 1) }
}

function providerFor(config: Config, id: string | undefined): string {
  const named = knownProvider(config, id)
  if (named !== null) return named
  const [only, another] = config.identityProviders
  if (only !== undefined && another === undefined) return only.id
  const known = [...config.identityProviders.map((provider) => provider.id), 'local'].join(', ')
  throw new AppError('CONFIG_INVALID', `--idp is needed: which identity provider is the account of? One of: ${known}`)
}

function printOperator(command: Command, operator: OperatorDescription): void {
  outputOf(command).result(operator, () => operatorTable([operator]))
}

/** The operator that `work` comes to, as he is shown. */
async function withOperator(
  command: Command,
  work: (tools: DirectoryTools) => Promise<Operator>,
): Promise<OperatorDescription> {
  return withDirectory(globalOptions(command), async (tools) => {
    const operator = await work(tools)
    return describeOperator(operator, await pathsFor(tools, [operator]))
  })
}

async function describeAll(
  tools: DirectoryTools,
  operators: readonly Operator[],
): Promise<readonly OperatorDescription[]> {
  const paths = await pathsFor(tools, operators)
  return operators.map((operator) => describeOperator(operator, paths))
}

async function pathsFor(
  { groups }: DirectoryTools,
  operators: readonly Operator[],
): Promise<ReadonlyMap<string, string>> {
  if (operators.every(({ memberships }) => memberships.length === 0)) return new Map()
  return new Map((await groups.list()).map(({ id, path }) => [id, path]))
}

function operatorTable(operators: readonly OperatorDescription[]): string {
  const head = ['ACCOUNT', 'PROVIDER', 'ENABLED', 'ROLES', 'LAST SIGN-IN', 'NAME']
  const rows = operators.map((operator) => [
    operator.account,
    operator.provider,
    operator.enabled ? 'yes' : 'no',
    operator.roles
      .map(({ name, service, locked }) => `${name}${service === null ? '' : `@${service}`}${locked ? ' (locked)' : ''}`)
      .join(', '),
    operator.lastSignInAt,
    operator.displayName,
  ])
  return textTable(head, rows)
}
