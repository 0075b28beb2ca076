/**
 * The assertion consumer: one posted message through the check table and, when it passes, into a session. Claims,
 * operator, audit record and session are one transaction; whatever happened is kept as a trace under a reference.
 */

import { auditRecord } from '../../audit/record.ts'
import type { SessionConfig } from '../../config/config.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { newReference, type Random } from '../../core/random.ts'
import { type Clock, type Instant, minutes } from '../../core/time.ts'
import type { PreparedSession, SessionService } from '../../session/sessions.ts'
import type { ChangeKey, Operator, Ports, Session, Store, Trace } from '../../store/ports.ts'
import { provision } from '../provision.ts'
import { causeOf, FAILURE_CAUSES, publicCode } from './causes.ts'
import { checkAdmission, checkMeaning, type MeaningResult, refusedUnread } from './checks.ts'
import type { CheckedIdentity, CheckResult, Provider, SignInRequest } from './model.ts'
import type { ProviderRegistry } from './providers.ts'
import type { VerifyInput, VerifyOutcome } from './verify.ts'
import type { VerifyPool } from './verify-pool.ts'

/** One visit to the assertion consumer. */
export interface Visit {
  /** The outstanding request that its cookie and RelayState name; null: an unsolicited message. */
  readonly request: SignInRequest | null
  /** The session that the browser presented, with its operator. */
  readonly presented: { readonly session: Session; readonly account: string } | undefined
  /** The operator of the presented session agreed to be replaced. */
  readonly confirmed: boolean
}

export type ConsumerOutcome =
  | { readonly kind: 'signed-in'; readonly prepared: PreparedSession; readonly operator: Operator }
  /** A row of the check table failed; the code is the one that the client may know. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reference: string }
  /** An accepted identity that may not enter: Sign In Failure. */
  | { readonly kind: 'sign-in-failure'; readonly code: ErrorCode; readonly reference: string }
  /** An unsolicited message would replace another operator's session. */
  | { readonly kind: 'confirm'; readonly account: string }

export interface AssertionConsumer {
  /** Verifies the message in a worker; nothing is stored. Throws OVERLOADED. */
  check(message: string): Promise<VerifyOutcome>
  /** Judges what was verified and, if all of it holds, admits. Throws STORE_UNAVAILABLE with nothing half done. */
  admit(verified: VerifyOutcome, visit: Visit): Promise<ConsumerOutcome>
  /** Keeps the trace of a post that holds no message to check. */
  refuseForm(problem: FormProblem): Promise<Refusal>
  /** Keeps the trace of a message whose sign-in this browser does not know (S-14); the message is not read. */
  refuseLostState(): Promise<Refusal>
}

/** What is wrong with a form, in words for the trace. */
export interface FormProblem {
  readonly code: 'SAML_MALFORMED' | 'SAML_TOO_LARGE'
  readonly received: string
}

type Refusal = Extract<ConsumerOutcome, { kind: 'refused' }>

export interface ConsumerParts {
  readonly pool: VerifyPool
  readonly providers: ProviderRegistry
  readonly entityId: string
  readonly acsUrl: string
  /** PEM texts; all are tried. */
  readonly decryptionKeys: readonly string[]
  readonly settings: () => SessionConfig
  readonly store: Store
  /** When it was put back to an earlier state. */
  readonly restoredAt?: Instant | undefined
  readonly sessions: SessionService
  readonly knownRole: (role: string) => boolean
  /** Called with what a sign-in changed, once it is committed, so that this process knows it at once. */
  readonly published: (keys: readonly ChangeKey[]) => void
  readonly countSignIn: (visit: { provider: string; outcome: string }) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export function assertionConsumer(parts: ConsumerParts): AssertionConsumer {
  return {
    check: (message) => parts.pool.verify(verifyInput(message, parts.providers.list(), parts.decryptionKeys)),
    async admit(verified, visit) {
      const meaning = judge(parts, verified, visit)
      if (!meaning.ok) return refuse(parts, meaning)
      if (wouldReplaceAnother(meaning.identity, visit)) return { kind: 'confirm', account: meaning.identity.account }
      const admission = await parts.store.transaction((ports) => admitIn(ports, parts, meaning, visit))
      return admission.kind === 'check-failed' ? refuse(parts, admission.result) : finish(parts, admission)
    },
    refuseForm: (problem) => refuse(parts, refusedForm(problem)),
    refuseLostState: () =>
      refuse(
        parts,
        refusedUnread('answer to this browser’s request', {
          code: 'SIGN_IN_STATE_LOST',
          hint: 'request',
          expected: 'the cookie of the sign-in that RelayState names',
          received: 'none that is valid, also when the browser was asked to send it once more',
        }),
      ),
  }
}

/** The outcome for a post that holds no message to check. */
export function refusedForm({ code, received }: FormProblem): Failed {
  const hint = code === 'SAML_TOO_LARGE' ? 'size' : 'shape'
  const expected = 'a form with one SAMLResponse and at most one RelayState'
  return refusedUnread('size and base64', { code, hint, expected, received })
}

/** What a worker is given for one message. */
export function verifyInput(
  samlResponse: string,
  providers: readonly Provider[],
  decryptionKeys: readonly string[],
): VerifyInput {
  const known = providers.map(({ config, metadata: { entityId, certificates } }) => {
    const { id, want, minimumSignature, allowCbc } = config
    return { id, entityId, certificates, want, minimumSignature, allowCbc }
  })
  return { samlResponse, providers: known, decryptionKeys }
}

type Meaning = Extract<MeaningResult, { ok: true }>
type Failed = Extract<CheckResult, { ok: false }>

type Admission =
  | { readonly kind: 'check-failed'; readonly result: Failed }
  | {
      readonly kind: 'signed-in'
      readonly prepared: PreparedSession
      readonly operator: Operator
      readonly trace: Trace
      readonly changes: readonly ChangeKey[]
    }
  | {
      readonly kind: 'sign-in-failure'
      readonly code: ErrorCode
      readonly trace: Trace
      readonly changes: readonly ChangeKey[]
    }

function judge(parts: ConsumerParts, verified: VerifyOutcome, { request }: Visit): MeaningResult {
  return checkMeaning({
    outcome: verified,
    providers: new Map(parts.providers.list().map((provider) => [provider.config.id, provider])),
    acsUrl: parts.acsUrl,
    entityId: parts.entityId,
    request,
    offset: minutes(parts.settings().samlOffsetMinutes),
    restoredAt: parts.restoredAt,
    now: parts.clock.now(),
  })
}

/** Contract section 3: an unsolicited message never replaces another operator's session without a click. */
function wouldReplaceAnother(
  { provider, account }: CheckedIdentity,
  { request, presented, confirmed }: Visit,
): boolean {
  if (request !== null || presented === undefined || confirmed) return false
  return presented.session.provider !== provider.config.id || presented.account !== account
}

async function admitIn(ports: Ports, parts: ConsumerParts, meaning: Meaning, visit: Visit): Promise<Admission> {
  const { clock, random, knownRole } = parts
  const result = await checkAdmission(meaning, (key, until) => ports.oneTime.claim(key, until, clock.now()))
  if (!result.ok) return { kind: 'check-failed', result }
  const { identity } = result
  const provider = identity.provider.config
  const outcome = await provision({ ports, provider, identity, knownRole, clock, random })
  const notes = [...result.notes, ...outcome.notes]
  const base = { reference: newReference(random), at: clock.now(), provider: provider.id, account: identity.account }
  if (outcome.kind === 'refused') {
    const trace: Trace = {
      ...base,
      outcome: outcome.code,
      cause: FAILURE_CAUSES[outcome.code],
      rows: result.rows,
      notes,
    }
    await ports.audit.append(
      auditRecord(parts, 'sign-in.refused', {
        actor: outcome.operator?.id ?? null,
        detail: {
          provider: provider.id,
          account: identity.account,
          operator: outcome.operator?.id ?? null,
          code: outcome.code,
          reference: trace.reference,
        },
      }),
    )
    await ports.traces.save(trace)
    if (outcome.changes.length > 0) await ports.revisions.publish(outcome.changes)
    return { kind: 'sign-in-failure', code: outcome.code, trace, changes: outcome.changes }
  }
  const trace: Trace = { ...base, outcome: 'signed-in', cause: 'Every check passed.', rows: result.rows, notes }
  const prepared = parts.sessions.prepare(sessionFacts(identity, outcome.operator))
  const ended = await endReplaced(ports, parts, visit)
  // None of these waits for another: sent together they cost one trip to the writer.
  await Promise.all([
    ports.sessions.create(prepared.session, prepared.secretHash),
    ports.audit.append(
      auditRecord(parts, 'session.created', {
        actor: outcome.operator.id,
        detail: {
          session: prepared.session.id,
          operator: outcome.operator.id,
          account: identity.account,
          provider: provider.id,
        },
      }),
    ),
    ports.traces.save(trace),
  ])
  const changes = [...outcome.changes, ...ended]
  if (changes.length > 0) await ports.revisions.publish(changes)
  return { kind: 'signed-in', prepared, operator: outcome.operator, trace, changes }
}

function sessionFacts(identity: CheckedIdentity, operator: Operator): Parameters<SessionService['prepare']>[0] {
  return {
    operatorId: operator.id,
    provider: identity.provider.config.id,
    nameId: identity.nameId?.value ?? null,
    nameIdFormat: identity.nameId?.format ?? null,
    sessionIndex: identity.sessionIndex,
    authnContext: identity.authnContext,
    attributes: [...identity.attributes],
    authenticatedAt: identity.authenticatedAt,
    sessionNotOnOrAfter: identity.sessionNotOnOrAfter,
  }
}

/** The session presented at the assertion consumer, or at the start of this sign-in, ends with the one that replaces it. */
async function endReplaced(
  ports: Ports,
  parts: ConsumerParts,
  { presented, request }: Visit,
): Promise<readonly ChangeKey[]> {
  const atStart = request?.replaces
  const replaced = new Map(atStart && [[atStart.session, atStart.operator]])
  if (presented !== undefined) replaced.set(presented.session.id, presented.session.operatorId)
  const keys: ChangeKey[] = []
  for (const [session, operator] of replaced) {
    if (!(await ports.sessions.revoke(session))) continue
    const detail = { session, operator, reason: 'replaced' }
    await ports.audit.append(auditRecord(parts, 'session.ended', { actor: operator, detail }))
    keys.push(`session:${session}`)
  }
  return keys
}

/** Keeps the trace of a message that a check refused, and says no more than a reference. */
async function refuse(parts: ConsumerParts, result: Failed): Promise<Refusal> {
  const { clock, random, store, log } = parts
  const { refusal, provider, rows, notes } = result
  const reference = newReference(random)
  const cause = causeOf(refusal)
  await store.transaction(async (ports) => {
    await ports.traces.save({
      reference,
      at: clock.now(),
      provider,
      account: null,
      outcome: refusal.code,
      cause,
      rows,
      notes,
    })
    await ports.audit.append(
      auditRecord(parts, 'sign-in.refused', {
        actor: null,
        detail: { provider, account: null, operator: null, code: refusal.code, reference },
      }),
    )
  })
  log.warn('sign-in.refused', { reference, code: refusal.code, provider })
  parts.countSignIn({ provider: provider ?? '-', outcome: refusal.code })
  return { kind: 'refused', code: publicCode(result), reference }
}

function finish(parts: ConsumerParts, admission: Exclude<Admission, { kind: 'check-failed' }>): ConsumerOutcome {
  const { reference, provider } = admission.trace
  const outcome = admission.trace.outcome
  parts.published(admission.changes)
  parts.log.info(admission.kind === 'signed-in' ? 'sign-in.done' : 'sign-in.failure', { reference, provider, outcome })
  parts.countSignIn({ provider: provider ?? '-', outcome })
  if (admission.kind === 'signed-in') return admission
  return { kind: 'sign-in-failure', code: admission.code, reference }
}
