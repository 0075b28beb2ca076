/**
 * What an accepted message does, in one transaction: claims, operator, audit record, trace and session, or a refusal that
 * is kept. Statements that do not wait for each other are sent together: each trip to the writer wakes two threads.
 */

import { auditRecord } from '../../audit/record.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { newReference, type Random } from '../../core/random.ts'
import type { Clock, Instant } from '../../core/time.ts'
import type { PreparedSession, SessionService } from '../../session/sessions.ts'
import type { ChangeKey, Operator, Ports, Session, Trace } from '../../store/ports.ts'
import { type ProvisionOutcome, provision } from '../provision.ts'
import { endReplaced } from '../replaced-session.ts'
import { FAILURE_CAUSES } from './causes.ts'
import { checkAdmission, type Meaning } from './checks.ts'
import type { CheckedIdentity, CheckResult, SignInRequest } from './model.ts'

/** One visit to the assertion consumer. */
export interface Visit {
  /** The outstanding request that its cookie and RelayState name; null: an unsolicited message. */
  readonly request: SignInRequest | null
  /** The session that the browser presented, with its operator. */
  readonly presented: { readonly session: Session; readonly account: string } | undefined
  /** The operator of the presented session agreed to be replaced. */
  readonly confirmed: boolean
}

export interface AdmissionParts {
  readonly sessions: SessionService
  readonly knownRole: (role: string) => boolean
  readonly clock: Clock
  readonly random: Random
}

export type Admission =
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

type Failed = Extract<CheckResult, { ok: false }>

/** Claims, and then admits or refuses. Writes through `ports` and commits nothing. */
export async function admitIdentity(
  ports: Ports,
  parts: AdmissionParts,
  meaning: Meaning,
  visit: Visit,
): Promise<Admission> {
  const { clock, random, knownRole } = parts
  const { account, provider } = meaning.identity
  const claim = (key: string, until: Instant) => ports.oneTime.claim(key, until, clock.now())
  const [result, present] = await Promise.all([
    checkAdmission(meaning, claim),
    ports.operators.find(provider.config.id, account),
  ])
  if (!result.ok) return { kind: 'check-failed', result }
  const { identity, rows } = result
  const outcome = await provision({ ports, provider: provider.config, identity, present, knownRole, clock, random })
  const notes = [...result.notes, ...outcome.notes]
  const kept = { reference: newReference(random), at: clock.now(), provider: provider.config.id, account, rows, notes }
  return outcome.kind === 'refused'
    ? keepRefusal(ports, parts, outcome, { ...kept, outcome: outcome.code, cause: FAILURE_CAUSES[outcome.code] })
    : openSession(ports, parts, outcome, {
        identity,
        trace: { ...kept, outcome: 'signed-in', cause: 'Every check passed.' },
        visit,
      })
}

async function keepRefusal(
  ports: Ports,
  parts: AdmissionParts,
  { code, operator, changes }: Extract<ProvisionOutcome, { kind: 'refused' }>,
  trace: Trace,
): Promise<Admission> {
  const { provider, account, reference } = trace
  const actor = operator?.id ?? null
  const detail = { provider, account, operator: actor, code, reference }
  await Promise.all([
    ports.audit.append(auditRecord(parts, 'sign-in.refused', { actor, detail })),
    ports.traces.save(trace),
  ])
  if (changes.length > 0) await ports.revisions.publish(changes)
  return { kind: 'sign-in-failure', code, trace, changes }
}

async function openSession(
  ports: Ports,
  parts: AdmissionParts,
  { operator, changes: provisioned }: Extract<ProvisionOutcome, { kind: 'admitted' }>,
  { identity, trace, visit }: { identity: CheckedIdentity; trace: Trace; visit: Visit },
): Promise<Admission> {
  const prepared = parts.sessions.prepare(sessionFacts(identity, operator))
  const ended = await endAllReplaced(ports, parts, visit)
  const { provider, account } = trace
  const detail = { session: prepared.session.id, operator: operator.id, account, provider }
  await Promise.all([
    ports.operators.update(operator.id, { lastSignInAt: operator.lastSignInAt }),
    ports.sessions.create(prepared.session, prepared.secretHash),
    ports.audit.append(auditRecord(parts, 'session.created', { actor: operator.id, detail })),
    ports.traces.save(trace),
  ])
  const changes = [...provisioned, ...ended]
  if (changes.length > 0) await ports.revisions.publish(changes)
  return { kind: 'signed-in', prepared, operator, trace, changes }
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
async function endAllReplaced(
  ports: Ports,
  parts: AdmissionParts,
  { presented, request }: Visit,
): Promise<readonly ChangeKey[]> {
  const atStart = request?.replaces
  const replaced = new Map(atStart && [[atStart.session, atStart.operator]])
  if (presented !== undefined) replaced.set(presented.session.id, presented.session.operatorId)
  const keys: ChangeKey[] = []
  for (const [id, operatorId] of replaced) keys.push(...(await endReplaced(ports, parts, { id, operatorId })))
  return keys
}
