/** Rows about the authentication, the account and the right to enter. */

import { addSeconds, type Instant, isoTime } from '../../core/time.ts'
import { type Check, type Facts, finding } from './checks-facts.ts'
import { parseDateTime } from './date-time.ts'
import { type Finding, shown, shownList } from './diagnosis.ts'
import type { CheckedIdentity } from './model.ts'

const MAX_ACCOUNT_LENGTH = 512

export const IDENTITY_CHECKS: readonly Check[] = [
  {
    name: 'authentication statement',
    codes: ['SAML_AUTHN_STATEMENT_MISSING'],
    provider: [],
    run: checkStatement,
  },
  { name: 'session at the provider not over', codes: ['SAML_SESSION_OVER'], provider: [], run: checkSession },
  { name: 'authentication context', codes: ['SAML_AUTHN_CONTEXT_WRONG'], provider: [], run: checkContext },
  {
    name: 'login attribute',
    codes: ['SAML_LOGIN_ATTRIBUTE_MISSING', 'SAML_ACCOUNT_INVALID'],
    provider: ['loginAttribute'],
    run: checkLogin,
  },
  {
    name: 'account inside accountDomains',
    codes: ['SAML_ACCOUNT_DOMAIN_REFUSED'],
    provider: ['accountDomains'],
    run: checkDomain,
  },
  { name: 'entry rule', codes: ['SAML_ENTRY_REFUSED'], provider: ['entry'], run: checkEntry },
]

/** Who the facts say it is; of use only when every row has passed. */
export function identityOf(facts: Facts): CheckedIdentity {
  const { provider, assertion } = facts
  const [statement] = assertion.authnStatements
  return {
    provider,
    assertionId: assertion.id,
    account: loginValues(facts)[0] ?? '',
    nameId: assertion.nameId,
    sessionIndex: statement?.sessionIndex ?? null,
    authnContext: statement?.contextClassRef ?? null,
    authenticatedAt: parseDateTime(statement?.authnInstant ?? '') ?? null,
    sessionNotOnOrAfter: earliestEnd(facts),
    attributes: new Map(assertion.attributes),
  }
}

/** AuthnInstant must be a time; it says nothing of how long the assertion holds, and no session is measured by it. */
function checkStatement({ assertion }: Facts): Finding | null {
  const { authnStatements } = assertion
  const missing = (received: string) =>
    finding('SAML_AUTHN_STATEMENT_MISSING', 'statement', 'an AuthnStatement with AuthnInstant', received)
  if (authnStatements.length === 0) return missing('none')
  for (const { authnInstant } of authnStatements) {
    if (authnInstant === null) return missing('one without')
    if (parseDateTime(authnInstant) !== undefined) continue
    const expected = 'AuthnInstant as xs:dateTime with a zone'
    return finding('SAML_AUTHN_STATEMENT_MISSING', 'time', expected, shown(authnInstant))
  }
  return null
}

/** The earliest end counts, and the whole offset is added to it (contract, section 3). */
function checkSession(facts: Facts): Finding | null {
  const { now, offset, assertion } = facts
  const ends = assertion.authnStatements.flatMap(({ sessionNotOnOrAfter }) => sessionNotOnOrAfter ?? [])
  const unread = ends.find((end) => parseDateTime(end) === undefined)
  if (unread !== undefined) {
    return finding('SAML_SESSION_OVER', 'time', 'SessionNotOnOrAfter as xs:dateTime with a zone', shown(unread))
  }
  const end = earliestEnd(facts)
  if (end === null || now < addSeconds(end, offset)) return null
  const expected = `SessionNotOnOrAfter, with ${offset} s added, after ${isoTime(now)}`
  return finding('SAML_SESSION_OVER', 'session-over', expected, isoTime(end))
}

function earliestEnd({ assertion }: Facts): Instant | null {
  const ends = assertion.authnStatements.flatMap(({ sessionNotOnOrAfter }) =>
    sessionNotOnOrAfter === null ? [] : (parseDateTime(sessionNotOnOrAfter) ?? []),
  )
  return ends.reduce<Instant | null>((first, end) => (first === null || end < first ? end : first), null)
}

/** Requests ask for no context, so any that is stated satisfies; one must be (SAML Core 2.0 §2.7.2). */
function checkContext({ assertion }: Facts): Finding | null {
  if (assertion.authnStatements.every(({ contextClassRef }) => (contextClassRef ?? '') !== '')) return null
  return finding('SAML_AUTHN_CONTEXT_WRONG', 'statement', 'an AuthnContext in each AuthnStatement', 'one without')
}

/** Never another value in place of the configured one (saml.md S-12). */
function checkLogin(facts: Facts): Finding | null {
  const { loginAttribute } = facts.provider.config
  const values = loginValues(facts)
  const [account = ''] = values
  if (values.length !== 1) {
    const expected = `one value of ${shown(loginAttribute)} (loginAttribute)`
    const received = values.length === 0 ? withoutLogin(facts) : `${values.length} values`
    return finding('SAML_LOGIN_ATTRIBUTE_MISSING', 'login', expected, received)
  }
  if (account.length <= MAX_ACCOUNT_LENGTH && /^\S(?:.*\S)?$/su.test(account) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(account))
    return null
  const expected = `an account of at most ${MAX_ACCOUNT_LENGTH} characters, none of them a control character, no blank at its ends`
  return finding('SAML_ACCOUNT_INVALID', 'login', expected, shown(account))
}

/** What there is in place of a value that names the account. */
function withoutLogin({ assertion, provider }: Facts): string {
  const { loginAttribute } = provider.config
  const names = assertion.attributes.map(([name]) => name)
  const isThere = loginAttribute === 'NameID' ? assertion.nameId !== null : names.includes(loginAttribute)
  if (isThere) return `${shown(loginAttribute)} without a value`
  return names.length === 0 ? 'none, and no attributes' : `none; the attributes are ${shownList(names)}`
}

function loginValues({ assertion, provider }: Facts): string[] {
  const { loginAttribute } = provider.config
  const values =
    loginAttribute === 'NameID'
      ? [assertion.nameId?.value ?? '']
      : (assertion.attributes.find(([name]) => name === loginAttribute)?.[1] ?? [])
  return values.filter((value) => value !== '')
}

function checkDomain(facts: Facts): Finding | null {
  const { accountDomains } = facts.provider.config
  if (accountDomains.length === 0) return null
  const [account = ''] = loginValues(facts)
  const at = account.lastIndexOf('@')
  if (at > 0 && accountDomains.includes(account.slice(at + 1).toLowerCase())) return null
  return finding('SAML_ACCOUNT_DOMAIN_REFUSED', 'domain', `an account in ${shownList(accountDomains)}`, shown(account))
}

function checkEntry({ assertion, provider }: Facts): Finding | null {
  const { entry } = provider.config
  if (entry === null) return null
  const values = assertion.attributes.find(([name]) => name === entry.attribute)?.[1] ?? []
  if (values.some((value) => entry.anyOf.includes(value))) return null
  const expected = `${shown(entry.attribute)} with one of ${shownList(entry.anyOf)}`
  return finding('SAML_ENTRY_REFUSED', 'entry', expected, shownList(values))
}
