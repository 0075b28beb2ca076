/**
 * The assertion check table. Its order is the security argument: nothing below a row is believed before that row has passed,
 * and nothing is claimed before all that needs no store has passed, so that only a message that would be let in leaves a mark.
 */

import { createHash } from 'node:crypto'
import { addSeconds, type Instant, type Seconds, seconds } from '../../core/time.ts'
import type { TraceRow } from '../../store/ports.ts'
import { type Check, type Facts, finding, MAX_TOLERANCE } from './checks-facts.ts'
import { IDENTITY_CHECKS, identityOf } from './checks-identity.ts'
import { MESSAGE_ROWS, type Row } from './checks-message.ts'
import { RESPONSE_CHECKS } from './checks-response.ts'
import { BINDING_CHECKS, SUBJECT_CHECKS } from './checks-subject.ts'
import { MAX_AGE, TIME_CHECKS } from './checks-time.ts'
import { type Finding, refusalOf, shown } from './diagnosis.ts'
import type { CheckedIdentity, CheckResult, Provider, SignInRequest } from './model.ts'
import type { VerifyOutcome } from './verify.ts'

/** The rows that are judged on the verified message alone. */
export const MEANING_CHECKS: readonly Check[] = [
  ...RESPONSE_CHECKS,
  ...SUBJECT_CHECKS,
  ...TIME_CHECKS,
  ...BINDING_CHECKS,
  ...IDENTITY_CHECKS,
]

/** The rows that claim something once and for all. */
export const ADMISSION_ROWS = [
  { name: 'request answered once', codes: ['SAML_REQUEST_USED'], provider: [] },
  { name: 'assertion ID not used before', codes: ['SAML_REPLAYED'], provider: [] },
] as const satisfies readonly Row[]

/** The whole table, in order. */
export const CHECKS: readonly Row[] = [...MESSAGE_ROWS, ...MEANING_CHECKS, ...ADMISSION_ROWS]

export interface MeaningInput {
  readonly outcome: VerifyOutcome
  /** By configured id. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly acsUrl: string
  readonly entityId: string
  /** The outstanding request of this browser; null: the message is unsolicited. */
  readonly request: SignInRequest | null
  /** The whole offset; for the times of the assertion it is held between 1 and 5 minutes. */
  readonly offset: Seconds
  /** When the store was put back to an earlier state, if ever. */
  readonly restoredAt?: Instant | undefined
  readonly now: Instant
}

/** Stores `key` until `until`; false when it is there already. Atomic across processes. */
export type Claim = (key: string, until: Instant) => Promise<boolean>

type Failed = Extract<CheckResult, { ok: false }>

/** Every row that needs no store has passed; `claims` are still to be made. */
export interface Meaning {
  readonly ok: true
  readonly identity: CheckedIdentity
  readonly claims: readonly PlannedClaim[]
  readonly rows: readonly TraceRow[]
  readonly notes: readonly string[]
}

export type MeaningResult = Meaning | Failed

interface PlannedClaim {
  readonly row: (typeof ADMISSION_ROWS)[number]['name']
  readonly key: string
  readonly until: Instant
  readonly used: Finding
}

/** All rows that need no store. Pure. `checks` is the table; tests take rows out of it. */
export function checkMeaning(input: MeaningInput, checks: readonly Check[] = MEANING_CHECKS): MeaningResult {
  const { outcome, providers } = input
  const later = [...checks, ...ADMISSION_ROWS]
  if (!outcome.ok) {
    const rows = [...outcome.rows, ...later.map(notReached)]
    return { ok: false, refusal: outcome.refusal, provider: outcome.provider, rows, notes: [] }
  }
  const provider = providers.get(outcome.provider)
  if (provider === undefined) throw new Error(`the provider ${outcome.provider} is not configured`)
  const facts: Facts = { ...input, provider, response: outcome.response, assertion: outcome.assertion }
  const rows = [...outcome.rows]
  const notes = [...outcome.notes, ...notesOn(facts)]
  for (const [index, check] of checks.entries()) {
    const found = check.run(facts)
    if (found !== null)
      return fail(provider, found, [...rows, failedRow(check, found), ...later.slice(index + 1).map(notReached)], notes)
    rows.push(passedRow(check))
  }
  return {
    ok: true,
    identity: identityOf(facts),
    claims: plannedClaims(facts),
    rows: [...rows, ...ADMISSION_ROWS.map(notReached)],
    notes,
  }
}

/**
 * The claims; run it inside the transaction that makes the session. Both are made at once: an assertion whose request was
 * answered already could not be used again anyhow.
 */
export async function checkAdmission(meaning: Meaning, claim: Claim): Promise<CheckResult> {
  const { identity, claims, notes } = meaning
  const rows = meaning.rows.slice(0, -ADMISSION_ROWS.length)
  const claimed = await Promise.all(claims.map(async (each) => ({ ...each, ok: await claim(each.key, each.until) })))
  for (const [index, row] of ADMISSION_ROWS.entries()) {
    const made = claimed.find((each) => each.row === row.name)
    if (made?.ok === false) {
      const rest = ADMISSION_ROWS.slice(index + 1).map(notReached)
      return fail(identity.provider, made.used, [...rows, failedRow(row, made.used), ...rest], notes)
    }
    rows.push(passedRow(row))
  }
  return { ok: true, identity, rows, notes }
}

/** Both halves: every row after verification. */
export async function checkVerified({
  claim,
  ...input
}: MeaningInput & { readonly claim: Claim }): Promise<CheckResult> {
  const meaning = checkMeaning(input)
  return meaning.ok ? checkAdmission(meaning, claim) : meaning
}

/** The outcome for a post that fails `row` before its message is looked at; no other row is reached. */
export function refusedUnread(row: string, found: Finding): Failed {
  const rows = CHECKS.map((each) => (each.name === row ? failedRow(each, found) : notReached(each)))
  return { ok: false, refusal: refusalOf(found), provider: null, rows, notes: [] }
}

/** A cookie of a sign-in lives a day at the most. */
const REQUEST_CLAIM: Seconds = seconds(86_400)

/**
 * How long an assertion is remembered: until it is too old for the row on time, whatever end it claims. It may have been issued
 * ahead of our clock by the tolerance, and be judged with it once more; the third one is for good measure.
 */
const ASSERTION_CLAIM: Seconds = seconds(MAX_AGE + 3 * MAX_TOLERANCE)

function plannedClaims(facts: Facts): PlannedClaim[] {
  const { request, assertion, now, provider } = facts
  const hash = createHash('sha256').update(`${provider.metadata.entityId}\0${assertion.id}`).digest('base64url')
  const replayed = finding(
    'SAML_REPLAYED',
    'replay',
    'an assertion that was not used before',
    `the ID ${shown(assertion.id)} again`,
  )
  const assertionClaim: PlannedClaim = {
    row: 'assertion ID not used before',
    key: `assertion:${hash}`,
    until: addSeconds(now, ASSERTION_CLAIM),
    used: replayed,
  }
  if (request === null) return [assertionClaim]
  const used = finding(
    'SAML_REQUEST_USED',
    'replay',
    'the first answer to the request',
    `another answer to ${shown(request.id)}`,
  )
  const until = addSeconds(now, REQUEST_CLAIM)
  return [{ row: 'request answered once', key: `request:${request.id}`, until, used }, assertionClaim]
}

const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'

function notesOn({ assertion, provider }: Facts): string[] {
  if (provider.config.loginAttribute !== 'NameID' || assertion.nameId?.format !== TRANSIENT) return []
  return ['The NameID is transient: it names another account at each sign-in. Set loginAttribute to an attribute.']
}

function fail(provider: Provider, found: Finding, rows: readonly TraceRow[], notes: readonly string[]): Failed {
  return { ok: false, refusal: refusalOf(found), provider: provider.config.id, rows, notes }
}

function passedRow({ name }: Row): TraceRow {
  return { check: name, outcome: 'passed' }
}

function notReached({ name }: Row): TraceRow {
  return { check: name, outcome: 'not-reached' }
}

function failedRow({ name }: Row, found: Finding): TraceRow {
  return { check: name, outcome: 'failed', ...refusalOf(found) }
}
