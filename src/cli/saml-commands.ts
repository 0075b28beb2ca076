/** `gatehouse saml …`: the values an identity provider asks for, and what happened at a sign-in. */

import type { Command } from 'commander'
import { AppError } from '../core/errors.ts'
import { isoTime } from '../core/time.ts'
import { serviceProviderUrls } from '../signin/login-routes.ts'
import type { Trace } from '../store/ports.ts'
import { checkTable } from './check-table.ts'
import { globalOptions, outputOf, requireConfig, withDirectory } from './context.ts'
import { textTable } from './output.ts'
import type { Ending } from './program.ts'
import { addSamlTestCommand } from './saml-test-command.ts'

export function addSamlCommands(program: Command, ended: (ending: Ending) => void): void {
  const saml = program.command('saml').description('the service provider')
  addSamlTestCommand(saml, ended)
  saml
    .command('values')
    .description('the values to enter at the identity provider')
    .action(async (_options, command: Command) => {
      const { serviceProvider, publicUrl, identityProviders } = await requireConfig(globalOptions(command))
      const { acsUrl, metadataUrl, sloUrl } = serviceProviderUrls(publicUrl)
      const values = {
        entityId: serviceProvider.entityId,
        acsUrl,
        acsBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
        sloUrl,
        metadataUrl,
        startUrl: `${publicUrl.origin}/`,
        nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
        identityProviders: identityProviders.map(({ id, loginAttribute, adminAttribute, attributes }) => ({
          id,
          loginAttribute,
          adminAttribute,
          displayNameAttributes: attributes.displayName,
          emailAttributes: attributes.email,
        })),
      }
      outputOf(command).result(values, () => valuesTable(values))
    })
  saml
    .command('trace <reference>')
    .description('the kept check table of a sign-in')
    .action(async (typed: string, _options, command: Command) => {
      const reference = readReference(typed)
      const trace = await withDirectory(globalOptions(command), ({ store }) => store.traces.load(reference))
      if (trace === undefined)
        throw new AppError('NOT_FOUND', `no sign-in is kept under the reference ${shortened(typed)}`)
      outputOf(command).result({ ...trace, at: isoTime(trace.at) }, () => traceTable(trace))
    })
}

/** As it is read out over the telephone: in any case, with any mark or none between its halves. */
function readReference(typed: string): string {
  return typed.toUpperCase().replace(/^\s*([A-Z0-9]{4})[^A-Z0-9]?([A-Z0-9]{4})\s*$/, '$1-$2')
}

function shortened(typed: string): string {
  return typed.length > 60 ? `${typed.slice(0, 60)}…` : typed
}

interface Values {
  readonly entityId: string
  readonly acsUrl: string
  readonly acsBinding: string
  readonly sloUrl: string
  readonly metadataUrl: string
  readonly startUrl: string
  readonly nameIdFormat: string
  readonly identityProviders: readonly { id: string; loginAttribute: string; adminAttribute: string | null }[]
}

function valuesTable(values: Values): string {
  const rows = [
    ['Audience URI, SP entity ID', values.entityId],
    ['Single sign-on URL, Recipient, Destination (ACS)', values.acsUrl],
    ['ACS binding', values.acsBinding],
    ['Single logout URL', values.sloUrl],
    ['Metadata', values.metadataUrl],
    ['Start URL', values.startUrl],
    ['Name ID format', values.nameIdFormat],
    ...values.identityProviders.flatMap(({ id, loginAttribute, adminAttribute }) => [
      [`${id}: account is taken from`, loginAttribute],
      [`${id}: attribute that gives Administrator`, adminAttribute ?? '(none)'],
    ]),
  ]
  return textTable(['AT THE IDENTITY PROVIDER', 'VALUE'], rows)
}

function traceTable(trace: Trace): string {
  const facts = [
    ['Reference', trace.reference],
    ['At', isoTime(trace.at)],
    ['Identity provider', trace.provider],
    ['Account', trace.account],
    ['Outcome', trace.outcome],
    ['Cause', trace.cause],
    ...trace.notes.map((note) => ['Note', note]),
  ]
  return `${textTable(['SIGN-IN', ''], facts)}\n\n${checkTable(trace.rows)}`
}
