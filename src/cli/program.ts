/** The `gatehouse` command: its words, its options and its exit codes (contract section 8). */

import { Command, CommanderError, Option } from 'commander'
import { environment, wantsDemo } from '../config/environment.ts'
import { AppError, type ErrorCode } from '../core/errors.ts'
import { addAccessCommands } from './access-commands.ts'
import { addAuditCommands } from './audit-commands.ts'
import { addBackupCommands } from './backup-commands.ts'
import { addConfigCommands } from './config-commands.ts'
import { addDecisionCommands } from './decision-commands.ts'
import { addDemoCommand } from './demo-command.ts'
import { addDirectoryCommands } from './directory-commands.ts'
import { addFileCommands } from './file-commands.ts'
import { addKeysCommands } from './keys-commands.ts'
import { addOperatorCommands } from './operator-commands.ts'
import { printable } from './output.ts'
import { addSamlCommands } from './saml-commands.ts'
import { addServeCommand } from './serve-command.ts'

const OK = 0
const REFUSED = 1
const USAGE = 2

/** Refusals of a change; every other error is one of usage or configuration. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'OPERATOR_UNKNOWN',
  'OPERATOR_EXISTS',
  'ROLE_UNKNOWN',
  'SERVICE_UNKNOWN',
  'GRANT_EXISTS',
  'GRANT_UNKNOWN',
  'ROLE_LOCKED',
  'LAST_ADMINISTRATOR',
  'KEY_WAITING',
  'ROLE_INVALID',
  'ROLE_EXISTS',
  'ROLE_SHIPPED',
  'ROLE_IN_USE',
  'RESOURCE_UNKNOWN',
  'GROUP_UNKNOWN',
  'GROUP_EXISTS',
  'GROUP_CYCLE',
  'GROUP_IN_USE',
  'MEMBERSHIP_UNKNOWN',
  'OBJECT_UNKNOWN',
  'OBJECT_EXISTS',
  'OBJECT_TYPE_UNKNOWN',
  'OBJECT_CHANGED',
  'OBJECT_PENDING',
  'OWNER_IN_USE',
  'GUEST_FIXED',
  'SELF_DELETION',
  'DIRECTORY_FILE_REFUSED',
  'NOT_FOUND',
])

/** What a command ends with: its exit code, 0 where it says nothing else. */
export type Ending = number | undefined

/** Runs the command of `args` and sets the exit code: 0 ok, 1 denied or unknown, 2 usage or configuration. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const words = wantsDemo(args, environment()) ? ['demo'] : args
  let ending: Ending
  const program = gatehouse((code) => {
    ending = code
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
    process.exitCode = ending ?? OK
  } catch (error) {
    process.exitCode = exitCode(error)
  }
}

function gatehouse(ended: (ending: Ending) => void): Command {
  const program = new Command('gatehouse')
    .description('SAML 2.0 service provider and identity gateway for licence administration services')
    .addOption(new Option('--config <file>', 'configuration file (default: GATEHOUSE_CONFIG, config/gatehouse.yaml)'))
    .addOption(new Option('--output <format>', 'how results are printed').choices(['table', 'json']))
    .exitOverride()
    .showHelpAfterError()
  addServeCommand(program, ended)
  addDemoCommand(program)
  addConfigCommands(program, ended)
  addAuditCommands(program, ended)
  addBackupCommands(program)
  addKeysCommands(program)
  addOperatorCommands(program)
  addFileCommands(program, ended)
  addDirectoryCommands(program)
  addSamlCommands(program, ended)
  addDecisionCommands(program, ended)
  addAccessCommands(program, ended)
  return program
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE
  if (!(error instanceof AppError)) throw error
  process.stderr.write(`${error.message.split('\n').map(printable).join('\n')}\n`)
  return REFUSALS.has(error.code) ? REFUSED : USAGE
}
