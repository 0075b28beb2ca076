/** What the contract suites put into a store. */

import type { TestContext } from 'node:test'

import { AppError } from '../../src/core/errors.ts'
import { type Instant, instant } from '../../src/core/time.ts'
import type { Group } from '../../src/store/directory-ports.ts'
import type {
  AuditLog,
  AuditRecord,
  Grant,
  Handoff,
  NewOperator,
  Session,
  Store,
  Trace,
} from '../../src/store/ports.ts'

/** Opens a new, empty store that is closed when the test ends. */
export type OpenStore = (context: TestContext) => Promise<Store>

/** 2026-01-01T00:00:00Z, moved by `seconds`. */
export function at(seconds: number): Instant {
  return instant(1_767_225_600_000 + seconds * 1000)
}

/** Names that are easily taken for one another, or for something else. */
export const AWKWARD_NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'ann@example.com',
  'Ann@example.com',
  'ann@example.com ',
  ' ann@example.com',
  "o'hara",
  '"; drop table operators; --',
  '%',
  '_',
  '\\',
  'line\nbreak',
  'nul\u0000l',
  'e\u0301',
  '\u00e9',
  'ß',
  'ss',
  'ı',
  '\uff21',
  '\u{1f600}',
  '\u{1f469}\u200d\u{1f692}',
  '\u{20bb7}',
]

export function newOperator(fields: Partial<NewOperator> = {}): NewOperator {
  const { id = 'operator-1' } = fields
  return {
    id,
    provider: 'okta',
    account: id,
    displayName: 'Ann',
    email: 'ann@example.com',
    createdAt: at(0),
    ...fields,
  }
}

export function grant(fields: Partial<Grant> = {}): Grant {
  return {
    role: 'administrator',
    service: null,
    source: 'local',
    locked: false,
    expiresAt: null,
    scope: null,
    ...fields,
  }
}

export function group(fields: Partial<Group> = {}): Group {
  const { id = 'group-1' } = fields
  return { id, parent: null, name: id, label: null, roles: [], ...fields }
}

export function session(fields: Partial<Session> = {}): Session {
  return {
    id: 'session-1',
    operatorId: 'operator-1',
    provider: 'okta',
    nameId: 'ann',
    nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    sessionIndex: '_1',
    authnContext: null,
    attributes: [
      ['groups', ['b', 'a', 'b']],
      ['__proto__', []],
      ['groups', ['é', '\u{1f600}']],
    ],
    authenticatedAt: at(-5),
    signedInAt: at(0),
    sessionNotOnOrAfter: null,
    lastActivityAt: at(0),
    ...fields,
  }
}

export function handoff(fields: Partial<Handoff> = {}): Handoff {
  return {
    codeHash: 'code',
    sessionId: 'session-1',
    host: 'lic.example.com:8443',
    nonceHash: 'nonce',
    returnPath: '/x?y=%20',
    until: at(60),
    ...fields,
  }
}

export function trace(fields: Partial<Trace> = {}): Trace {
  return {
    reference: 'ABCD-2345',
    at: at(0),
    provider: null,
    account: null,
    outcome: 'SAML_EXPIRED',
    cause: 'The assertion was over 12 s before it came.',
    rows: [
      { check: 'status', outcome: 'passed' },
      {
        check: 'time window',
        outcome: 'failed',
        code: 'SAML_EXPIRED',
        expected: 'later',
        received: 'now',
        hint: 'NTP',
      },
      { check: 'audience', outcome: 'not-reached' },
    ],
    notes: ["FnmsAdmin has the value 'maybe'"],
    ...fields,
  }
}

export function auditRecord(fields: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: 'record-1',
    at: at(0),
    event: 'session.created',
    actor: null,
    detail: { session: 's', attempts: 2, first: true, note: null },
    ...fields,
  }
}

/** The newest records that were appended, in order: without links, and without the record that begins a chain. */
export async function recorded(
  audit: AuditLog,
  query: { after?: string; limit?: number } = {},
): Promise<AuditRecord[]> {
  const entries = await audit.list({ limit: 1000, ...query })
  return entries.filter(({ event }) => event !== 'chain.opened').map(({ link: _link, ...record }) => record)
}

/** For assert.rejects: an AppError of that code. */
export function withCode(code: AppError['code']): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code
}
