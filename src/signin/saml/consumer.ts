/**
 * The assertion consumer: one posted message through the check table and, when it passes, into a session. Claims,
 * operator, audit record and session are one transaction; whatever happened is kept as a trace under a reference.
 */

import { auditRecord } from '../../audit/record.ts'
import type { SessionConfig } from '../../config/config.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { GUEST } from '../../core/guest.ts'
import type { Log } from '../../core/log.ts'
import { newReference } from '../../core/random.ts'
import { type Instant, minutes } from '../../core/time.ts'
import type { PreparedSession } from '../../session/sessions.ts'
import type { ChangeKey, Operator, Store } from '../../store/ports.ts'
import { type Admission, type AdmissionParts, admitIdentity, type Visit } from './admission.ts'
import { causeOf, failedInside, publicCode } from './causes.ts'
import { checkMeaning, type MeaningResult, refusedUnread } from './checks.ts'
import type { CheckedIdentity, CheckResult, Provider } from './model.ts'
import type { FormProblem, FormReading } from './post-form.ts'
import type { ProviderRegistry } from './providers.ts'
import type { FormField } from './scan-base64.ts'
import type { VerifyInput, VerifyOutcome } from './verify.ts'
import type { VerifyPool } from './verify-pool.ts'

export type ConsumerOutcome =
  | { readonly kind: 'signed-in'; readonly prepared: PreparedSession; readonly operator: Operator }
  /** A row of the check table failed; the code is the one that the client may know. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reference: string }
  /** An accepted identity that may not enter: Sign In Failure. */
  | { readonly kind: 'sign-in-failure'; readonly code: ErrorCode; readonly reference: string }
  /** An unsolicited message would replace another operator's session. */
  | { readonly kind: 'confirm'; readonly account: string }

export interface AssertionConsumer {
  /** What a posted form holds, whose bytes may be gone afterwards; nothing is stored. Throws OVERLOADED. */
  readForm(octets: Uint8Array): Promise<FormReading>
  /** Verifies the message in a worker; nothing is stored. Throws OVERLOADED. */
  check(message: FormField): Promise<VerifyOutcome>
  /** Judges what was verified and, if all of it holds, admits. Throws STORE_UNAVAILABLE with nothing half done. */
  admit(verified: VerifyOutcome, visit: Visit): Promise<ConsumerOutcome>
  /** Keeps the trace of a post that holds no message to check. */
  refuseForm(problem: FormProblem): Promise<Refusal>
  /** Keeps the trace of a message whose sign-in this browser does not know (S-14); the message is not read. */
  refuseLostState(): Promise<Refusal>
}

type Refusal = Extract<ConsumerOutcome, { kind: 'refused' }>

export interface ConsumerParts extends AdmissionParts {
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
  /** Called with what a sign-in changed, once it is committed, so that this process knows it at once. */
  readonly published: (keys: readonly ChangeKey[]) => void
  readonly countSignIn: (visit: { provider: string; outcome: string }) => void
  readonly log: Log
}

export function assertionConsumer(parts: ConsumerParts): AssertionConsumer {
  return {
    readForm: (octets) => parts.pool.readForm(octets),
    check: (message) => checkEvenly(parts, message),
    async admit(verified, visit) {
      const meaning = judge(parts, verified, visit)
      if (!meaning.ok) return refuse(parts, meaning)
      if (wouldReplaceAnother(meaning.identity, visit)) return { kind: 'confirm', account: meaning.identity.account }
      const admission = await parts.store.transaction((ports) => admitIdentity(ports, parts, meaning, visit))
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

/** More than any message needs that fails inside its encryption: up to eight keys for each of ours, opened and parsed. */
const INSIDE_MILLISECONDS = 250

/**
 * How far a forged cipher text came shows in the time that it took, too, so the answer to all that fail inside is due a
 * fixed time after they came.
 */
async function checkEvenly(
  { pool, providers, decryptionKeys }: ConsumerParts,
  message: FormField,
): Promise<VerifyOutcome> {
  let timer: NodeJS.Timeout | undefined
  const due = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, INSIDE_MILLISECONDS)
  })
  try {
    const outcome = await pool.verify(verifyInput(message, providers.list(), decryptionKeys))
    if (!outcome.ok && failedInside(outcome.rows)) await due
    return outcome
  } finally {
    clearTimeout(timer)
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
  samlResponse: FormField,
  providers: readonly Provider[],
  decryptionKeys: readonly string[],
): VerifyInput {
  const known = providers.map(({ config, metadata: { entityId, certificates } }) => {
    const { id, want, minimumSignature, allowCbc } = config
    return { id, entityId, certificates, want, minimumSignature, allowCbc }
  })
  return { samlResponse, providers: known, decryptionKeys }
}

type Failed = Extract<CheckResult, { ok: false }>

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
  if (presented.session.provider === GUEST) return false
  return presented.session.provider !== provider.config.id || presented.account !== account
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
