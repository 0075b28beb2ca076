/** `gatehouse groups|roles|objects …`: what a directory file is too much for. */

import { type Command, Option } from 'commander'
import { AppError } from '../core/errors.ts'
import { isoTime } from '../core/time.ts'
import { objectText } from '../directory/model.ts'
import type { RoleDescription } from '../directory/role-definitions.ts'
import type { DirectoryObject, Group, ObjectName } from '../store/directory-ports.ts'
import { globalOptions, outputOf, withDirectory } from './context.ts'
import { type HeirOptions, heirOf } from './heir-options.ts'
import { textTable } from './output.ts'

/** Who a change by the command is attributed to: nobody who signed in. */
const ACTOR = null

export function addDirectoryCommands(program: Command): void {
  addGroups(program.command('groups').description('the forest of groups'))
  addRoles(program.command('roles').description('shipped roles and roles of the directory'))
  addObjects(program.command('objects').description('objects whose changes wait for their service'))
}

function addGroups(groups: Command): void {
  groups
    .command('list')
    .description('all groups')
    .action(async (_options, command: Command) => {
      const all = await withDirectory(globalOptions(command), (tools) => tools.groups.list())
      const described = all.map(({ id, path, label, roles }) => ({ id, path, label, roles }))
      outputOf(command).result(described, () =>
        textTable(
          ['PATH', 'LABEL', 'ROLES'],
          described.map(({ path, label, roles }) => [path, label, roles.map(({ role }) => role).join(', ')]),
        ),
      )
    })
  groups
    .command('create <path>')
    .description('make a group; the groups above it must be there')
    .option('--label <label>', 'what such groups are called here')
    .action(async (path: string, { label }: { label?: string }, command: Command) => {
      printGroup(
        command,
        await withDirectory(globalOptions(command), (tools) => tools.groups.create(path, label ?? null, ACTOR)),
      )
    })
  groups
    .command('move <path> <to>')
    .description('give a group another name or another place, with all that is below it')
    .action(async (path: string, to: string, _options, command: Command) => {
      printGroup(command, await withDirectory(globalOptions(command), (tools) => tools.groups.move(path, to, ACTOR)))
    })
  addGroupDelete(groups)
}

interface RemovalOptions extends HeirOptions {
  readonly members: 'refuse' | 'release' | 'parent'
  readonly children: 'refuse' | 'parent'
  readonly objects: 'refuse' | 'parent'
}

function addGroupDelete(groups: Command): void {
  const choice = (flag: string, says: string, choices: readonly string[]) =>
    new Option(flag, says).choices([...choices]).default('refuse')
  groups
    .command('delete <path>')
    .description('delete a group; what hangs on it needs a choice')
    .addOption(choice('--members <choice>', 'its members', ['refuse', 'release', 'parent']))
    .addOption(choice('--children <choice>', 'the groups below it', ['refuse', 'parent']))
    .addOption(choice('--objects <choice>', 'what it owns', ['refuse', 'parent']))
    .option('--heir <account>', 'operator who is to own what it owns')
    .option('--heir-idp <id>', 'identity provider of the heir')
    .option('--heir-group <path>', 'group that is to own what it owns')
    .action(async (path: string, options: RemovalOptions, command: Command) => {
      const { members, children } = options
      const group = await withDirectory(globalOptions(command), async (tools) => {
        const heir = options.objects === 'parent' ? 'parent' : await heirOf(tools, options)
        return tools.groups.remove(path, { members, children, objects: heir }, ACTOR)
      })
      printGroup(command, group)
    })
}

function printGroup(command: Command, { id, name, label }: Group): void {
  outputOf(command).result({ id, name, label }, () => textTable(['NAME', 'LABEL'], [[name, label]]))
}

function addRoles(roles: Command): void {
  roles
    .command('list')
    .description('all roles')
    .action(async (_options, command: Command) => {
      printRoles(command, await withDirectory(globalOptions(command), (tools) => tools.roles.list()), (all) => all)
    })
  roles
    .command('show <role>')
    .description('one role')
    .action(async (name: string, _options, command: Command) => {
      printRole(command, await withDirectory(globalOptions(command), (tools) => tools.roles.show(name)))
    })
  roles
    .command('duplicate <role> <name>')
    .description('make a role that says what another says, and can be changed')
    .action(async (from: string, name: string, _options, command: Command) => {
      printRole(
        command,
        await withDirectory(globalOptions(command), (tools) => tools.roles.duplicate(from, name, ACTOR)),
      )
    })
  roles
    .command('delete <role>')
    .description('delete a role of the directory')
    .option('--force', 'take it from all who have it')
    .action(async (name: string, { force = false }: { force?: boolean }, command: Command) => {
      printRole(command, await withDirectory(globalOptions(command), (tools) => tools.roles.remove(name, force, ACTOR)))
    })
}

function printRole(command: Command, role: RoleDescription): void {
  printRoles(command, [role], () => described(role))
}

function printRoles(command: Command, roles: readonly RoleDescription[], json: (all: unknown[]) => unknown): void {
  outputOf(command).result(json(roles.map(described)), () =>
    textTable(
      ['ROLE', 'FROM', 'PARENTS', 'PERMISSIONS', 'DESCRIPTION'],
      roles.map(({ name, profile, parents, permissions, description }) => [
        name,
        profile ?? 'directory',
        parents.join(', '),
        String(permissions.length),
        description,
      ]),
    ),
  )
}

function described({ permissions, ...role }: RoleDescription) {
  return { ...role, permissions: Object.fromEntries(permissions.map(({ resource, effect }) => [resource, effect])) }
}

const MOST_PENDING = 1000

function addObjects(objects: Command): void {
  objects
    .command('pending')
    .description('changes that wait for a service, or are in doubt')
    .action(async (_options, command: Command) => {
      const all = await withDirectory(globalOptions(command), (tools) =>
        tools.store.objects.list({ pending: true, limit: MOST_PENDING }),
      )
      const shown = all.map(describePending)
      outputOf(command).result(shown, () =>
        textTable(
          ['SERVICE', 'OBJECT', 'KIND', 'SINCE', 'IN DOUBT FROM'],
          shown.map(({ service, object, kind, since, until }) => [service, object, kind, since, until]),
        ),
      )
    })
  objects
    .command('settle <service> <object>')
    .description('end a change in doubt: it was made, or it was not')
    .addOption(
      new Option('--outcome <outcome>', 'what the service did').choices(['done', 'dropped']).makeOptionMandatory(),
    )
    .action(async (service: string, object: string, { outcome }: { outcome: 'done' | 'dropped' }, command: Command) => {
      const name = readObject(service, object)
      await withDirectory(globalOptions(command), (tools) => tools.objects.settle(name, outcome, ACTOR))
      outputOf(command).result({ service, object, outcome }, () => `${object} of ${service}: ${outcome}`)
    })
}

function describePending(object: DirectoryObject) {
  const { pending, service } = object
  return {
    service,
    object: objectText(object),
    kind: pending?.planned.kind ?? null,
    since: isoTime(pending?.since ?? null),
    until: isoTime(pending?.until ?? null),
  }
}

function readObject(service: string, text: string): ObjectName {
  const colon = text.indexOf(':')
  if (colon < 1) throw new AppError('BAD_REQUEST', `${text} is no object: TYPE:ID`)
  return { service, type: text.slice(0, colon), id: text.slice(colon + 1) }
}
