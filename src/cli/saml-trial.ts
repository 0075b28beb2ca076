/** A message tried out: the check table, and what a sign-in with it would do. Nothing is claimed, changed or kept. */

import type { Config, SessionConfig } from '../config/config.ts'
import type { ErrorCode } from '../core/errors.ts'
import { type Instant, isoTime, minutes } from '../core/time.ts'
import { type GovernedBy, sessionLife } from '../session/life.ts'
import { serviceProviderUrls } from '../signin/login-routes.ts'
import { causeOf, FAILURE_CAUSES } from '../signin/saml/causes.ts'
import { ADMISSION_ROWS, checkMeaning, type MeaningResult } from '../signin/saml/checks.ts'
import { refusedForm, verifyInput } from '../signin/saml/consumer.ts'
import { parseDateTime } from '../signin/saml/date-time.ts'
import type { CheckedIdentity, Provider, SignedAssertion, SignInRequest } from '../signin/saml/model.ts'
import { type VerifyOutcome, verifyMessage } from '../signin/saml/verify.ts'
import type { TraceRow } from '../store/ports.ts'
import type { Rehearsal } from './saml-rehearsal.ts'
import type { TestInput } from './saml-test-input.ts'

/** What the command prints; documented in docs/sign-in-diagnosis.md. Times are ISO 8601, UTC. */
export interface Trial {
  readonly wouldSignIn: boolean
  /** `signed-in` or the error code of the refusal. */
  readonly outcome: 'signed-in' | ErrorCode
  readonly cause: string
  readonly at: string
  readonly provider: string | null
  /** The request that was taken for outstanding; `assumed`: because the message names it. */
  readonly request: { readonly id: string; readonly assumed: boolean } | null
  readonly rows: readonly TraceRow[]
  readonly notes: readonly string[]
  /** What stands in the signed bytes; null when no signature has verified. */
  readonly signed: SignedContent | null
  /** null when a check refused. */
  readonly signIn: (Omit<Rehearsal, 'code' | 'notes'> & { readonly session: SessionEnd | null }) | null
}

interface SignedContent {
  readonly assertionId: string
  readonly issueInstant: string | null
  readonly nameId: string | null
  readonly nameIdFormat: string | null
  readonly attributes: readonly { readonly name: string; readonly values: readonly string[] }[]
}

interface SessionEnd {
  readonly expiresAt: string
  readonly secondsLeft: number
  readonly governedBy: GovernedBy
}

export interface TrialParts {
  readonly config: Config
  readonly providers: readonly Provider[]
  /** PEM texts; all are tried. */
  readonly decryptionKeys: readonly string[]
  /** When the message comes in. */
  readonly at: Instant
  /** The request under way in the browser; undefined: the one that the message names. */
  readonly requestId: string | undefined
  /** What the sign-in of an accepted identity would do. */
  readonly rehearse: (identity: CheckedIdentity) => Promise<Rehearsal>
}

/** Runs the message through the check table and, when it passes, rehearses the sign-in. */
export async function tryMessage(input: TestInput, parts: TrialParts): Promise<Trial> {
  const { config, at } = parts
  if ('problem' in input) {
    const { refusal, rows } = refusedForm(input.problem)
    const failure = { outcome: refusal.code, cause: causeOf(refusal), provider: null }
    return {
      ...failure,
      wouldSignIn: false,
      at: isoTime(at),
      request: null,
      rows,
      notes: [],
      signed: null,
      signIn: null,
    }
  }
  const verified = verifyMessage(verifyInput(input.samlResponse, parts.providers, parts.decryptionKeys))
  const request = requestFor(verified, parts)
  const meaning = judge(verified, request, parts)
  const base = {
    at: isoTime(at),
    provider: meaning.ok ? meaning.identity.provider.config.id : meaning.provider,
    request: request === null ? null : { id: request.id, assumed: parts.requestId === undefined },
    rows: meaning.rows,
    signed: verified.ok ? signedContent(verified.assertion) : null,
  }
  const notes = [...notesOn(verified, request, parts), ...meaning.notes]
  if (!meaning.ok) {
    const { refusal } = meaning
    const all = [...notes, ...timeNotes(verified, meaning.rows)]
    return { ...base, wouldSignIn: false, outcome: refusal.code, cause: causeOf(refusal), notes: all, signIn: null }
  }
  const { code, notes: more, ...rehearsed } = await parts.rehearse(meaning.identity)
  const session = code === null ? sessionEnd(meaning.identity, at, config.session) : null
  return {
    ...base,
    wouldSignIn: code === null,
    outcome: code ?? 'signed-in',
    cause: code === null ? 'Every check passed.' : FAILURE_CAUSES[code],
    notes: [...notes, UNCLAIMED, ...more],
    signIn: { ...rehearsed, session },
  }
}

const UNCLAIMED = `Not tried: ${ADMISSION_ROWS.map(({ name }) => `"${name}"`).join(' and ')}. A message that was used already is refused there.`

/** There is no cookie here: the request that the signed confirmation names, or else the Response, counts as under way. */
function requestFor(verified: VerifyOutcome, { requestId, at }: TrialParts): SignInRequest | null {
  if (!verified.ok) return null
  const { assertion, response, provider } = verified
  const named = assertion.confirmations.map(({ inResponseTo }) => inResponseTo).find((id) => id !== null)
  const id = requestId ?? named ?? response.inResponseTo
  return id === null ? null : { id, provider, returnTo: '/', issuedAt: at, fromTile: false }
}

function judge(verified: VerifyOutcome, request: SignInRequest | null, parts: TrialParts): MeaningResult {
  const { config, providers, at } = parts
  return checkMeaning({
    outcome: verified,
    providers: new Map(providers.map((provider) => [provider.config.id, provider])),
    acsUrl: serviceProviderUrls(config.publicUrl).acsUrl,
    entityId: config.serviceProvider.entityId,
    request,
    offset: minutes(config.session.samlOffsetMinutes),
    now: at,
  })
}

function notesOn(verified: VerifyOutcome, request: SignInRequest | null, parts: TrialParts): string[] {
  if (!verified.ok) return []
  if (request !== null && parts.requestId === undefined) {
    return [
      `There is no browser here: the request ${JSON.stringify(request.id)}, which the message names, is taken for under way.`,
    ]
  }
  const allowed = parts.providers.find(({ config }) => config.id === verified.provider)?.config.allowUnsolicited
  if (request !== null || allowed === true) return []
  return ['The message answers no request. The gateway would discard it unread and start a sign-in at its provider.']
}

/** A message that was kept is judged too late unless its time is given. */
function timeNotes(verified: VerifyOutcome, rows: readonly TraceRow[]): string[] {
  const failed = rows.find(({ outcome }) => outcome === 'failed')?.check
  const issued = verified.ok ? parseDateTime(verified.assertion.issueInstant ?? '') : undefined
  if (failed !== 'time window' || issued === undefined) return []
  return [`The message was issued at ${isoTime(issued)}; --at ${isoTime(issued)} judges it as it was then.`]
}

function signedContent({ id, issueInstant, nameId, attributes }: SignedAssertion): SignedContent {
  return {
    assertionId: id,
    issueInstant,
    nameId: nameId?.value ?? null,
    nameIdFormat: nameId?.format ?? null,
    attributes: attributes.map(([name, values]) => ({ name, values })),
  }
}

/** The end that a session begun now would have without any further action. */
function sessionEnd(identity: CheckedIdentity, at: Instant, settings: SessionConfig): SessionEnd {
  const { sessionNotOnOrAfter, provider } = identity
  const session = { provider: provider.config.id, signedInAt: at, lastActivityAt: at, sessionNotOnOrAfter }
  const { expiresAt, governedBy } = sessionLife(session, settings)
  return { expiresAt: isoTime(expiresAt), secondsLeft: Math.floor((expiresAt - at) / 1000), governedBy }
}
