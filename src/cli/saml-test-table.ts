/** How `gatehouse saml test` shows a trial to a reader. */

import { checkTable } from './check-table.ts'
import { textTable } from './output.ts'
import type { Trial } from './saml-trial.ts'

/** The outcome, the check table, what is signed, and what the sign-in would do. */
export function trialTable(trial: Trial): string {
  const parts = [
    textTable(['THE MESSAGE', ''], outcomeRows(trial)),
    checkTable(trial.rows),
    ...(trial.signed === null ? [] : [textTable(['SIGNED CONTENT', ''], signedRows(trial.signed))]),
    ...(trial.signIn === null ? [] : [textTable(['THE SIGN-IN', ''], signInRows(trial.signIn))]),
  ]
  return parts.join('\n\n')
}

type Rows = (readonly (string | null)[])[]

function outcomeRows({ wouldSignIn, outcome, cause, at, provider, request, notes }: Trial): Rows {
  return [
    ['Result', wouldSignIn ? 'would sign in' : 'would be refused'],
    ['Outcome', outcome],
    ['Cause', cause],
    ['At', at],
    ['Identity provider', provider],
    ['Request under way', request?.id ?? null],
    ...notes.map((note) => ['Note', note]),
  ]
}

function signedRows({
  assertionId,
  issueInstant,
  nameId,
  nameIdFormat,
  attributes,
}: NonNullable<Trial['signed']>): Rows {
  return [
    ['Assertion', assertionId],
    ['Issued at', issueInstant],
    ['NameID', nameId],
    ['NameID format', nameIdFormat],
    ...attributes.map(({ name, values }) => [`Attribute ${name}`, values.map((value) => `"${value}"`).join(', ')]),
  ]
}

function signInRows(signIn: NonNullable<Trial['signIn']>): Rows {
  const { account, exists, operator, changes, adminAttribute, groups, entry, session } = signIn
  return [
    ['Account', account],
    ['Account exists', exists ? 'yes' : 'no'],
    ['Enabled', operator === null ? null : yesNo(operator.enabled)],
    ['Display name', operator?.displayName ?? null],
    ['E-mail', operator?.email ?? null],
    ['Roles', operator === null ? null : operator.roles.map(roleText).join(', ') || 'none'],
    [
      'Would change',
      changes.map(({ event, ...role }) => [event, placeText(role)].join(' ').trim()).join(', ') || 'nothing',
    ],
    ['Admin attribute', adminAttribute === null ? null : `${adminAttribute.name}: ${adminAttribute.asserted}`],
    ['Groups', groups === null ? null : `${groups.attribute}: ${listText(groups.values)}`],
    [
      'Groups give',
      groups === null ? null : listText(groups.roles.map(({ name, service }) => placeText({ role: name, service }))),
    ],
    ['Entry rule met by', entry === null ? null : `${entry.attribute}: ${listText(entry.values)}`],
    ['Session ends', session === null ? null : `${session.expiresAt} (${session.governedBy})`],
  ]
}

function roleText({
  name,
  service,
  source,
  locked,
}: {
  name: string
  service: string | null
  source: string
  locked: boolean
}): string {
  return `${placeText({ role: name, service })} (${source}${locked ? ', locked' : ''})`
}

function placeText({ role, service }: { role: string | null; service: string | null }): string {
  return `${role ?? ''}${service === null ? '' : `@${service}`}`
}

function listText(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ')
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
