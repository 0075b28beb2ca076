/** What the rooms of SAML sign-in hand to each other. All of it is plain data that a worker can send. */

import type { IdentityProviderConfig } from '../../config/config.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { Instant } from '../../core/time.ts'
import type { TraceRow } from '../../store/ports.ts'

/** What an identity provider says of itself (SAML Metadata 2.0 §2.4.3). */
export interface ProviderMetadata {
  readonly entityId: string
  /** HTTP-Redirect location of the single sign-on service. */
  readonly ssoRedirectUrl: string | null
  /** HTTP-POST location of the single sign-on service. */
  readonly ssoPostUrl: string | null
  /** HTTP-Redirect location of the single logout service. */
  readonly sloRedirectUrl: string | null
  /** Signing certificates, PEM; at least one. */
  readonly certificates: readonly string[]
  readonly wantAuthnRequestsSigned: boolean
  readonly validUntil: Instant | null
}

/** A configured provider together with the metadata that is in force. */
export interface Provider {
  readonly config: IdentityProviderConfig
  readonly metadata: ProviderMetadata
}

/** An AuthnRequest that this browser has outstanding; the content of its sign-in cookie. */
export interface SignInRequest {
  /** ID of the AuthnRequest. */
  readonly id: string
  /** Configured id of the provider it was sent to. */
  readonly provider: string
  /** Where the browser goes after sign-in: a path, or an https URL on a host of ours. */
  readonly returnTo: string
  readonly issuedAt: Instant
  /** Started because an unsolicited message of this provider is not allowed. */
  readonly fromTile: boolean
  /** Session of this browser when the request was made. It ends with the sign-in: a cross-site POST does not bring its cookie. */
  readonly replaces?: { readonly session: string; readonly operator: string } | undefined
  /** SHA-256 of the nonce that the browser holds on the host of `returnTo`; absent where no session is handed over. */
  readonly handoff?: string | undefined
}

export interface NameId {
  readonly value: string
  readonly format: string | null
  readonly nameQualifier: string | null
  readonly spNameQualifier: string | null
}

/** SubjectConfirmation (SAML Core 2.0 §2.4.1.1). */
export interface Confirmation {
  readonly method: string
  readonly recipient: string | null
  readonly inResponseTo: string | null
  readonly notBefore: string | null
  readonly notOnOrAfter: string | null
}

/** AuthnStatement (SAML Core 2.0 §2.7.2). Times as they stand in the message. */
export interface AuthnStatement {
  readonly authnInstant: string | null
  readonly sessionIndex: string | null
  readonly sessionNotOnOrAfter: string | null
  readonly contextClassRef: string | null
}

/** One assertion, read from bytes that a verified signature covers. */
export interface SignedAssertion {
  readonly id: string
  readonly version: string | null
  readonly issuer: string | null
  /** Format of the Issuer; absent is `null` and means an entity id. */
  readonly issuerFormat: string | null
  readonly issueInstant: string | null
  readonly nameId: NameId | null
  readonly confirmations: readonly Confirmation[]
  readonly conditions: {
    readonly notBefore: string | null
    readonly notOnOrAfter: string | null
    /** One list per AudienceRestriction; all restrictions must hold. */
    readonly audiences: readonly (readonly string[])[]
    /** Names of conditions that SAML Core 2.0 §2.5 does not define. */
    readonly unknown: readonly string[]
  } | null
  readonly authnStatements: readonly AuthnStatement[]
  /** Names in order of first appearance; values of equal names joined in order. */
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[]
  readonly encrypted: boolean
}

/** What the Response element says; signed or not, its values can refuse and never admit. */
export interface ResponseFacts {
  readonly id: string
  readonly signed: boolean
  readonly version: string | null
  readonly issuer: string | null
  /** Format of the Issuer; absent is `null` and means an entity id. */
  readonly issuerFormat: string | null
  readonly destination: string | null
  readonly inResponseTo: string | null
  readonly issueInstant: string | null
  readonly statusCodes: readonly string[]
  readonly statusMessage: string | null
}

/** Why a message was refused: for the trace and the log, never for the browser. */
export interface Refusal {
  readonly code: ErrorCode
  /** What was expected, what came, in plain words; one line each. */
  readonly expected: string
  readonly received: string
  /** Where to mend it. */
  readonly hint: string
}

/** Outcome of the whole check table over one message. */
export type CheckResult =
  | {
      readonly ok: true
      readonly identity: CheckedIdentity
      readonly rows: readonly TraceRow[]
      readonly notes: readonly string[]
    }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** Configured id of the provider, null when the issuer was not recognised. */
      readonly provider: string | null
      readonly rows: readonly TraceRow[]
      readonly notes: readonly string[]
    }

/** Who stands before us, after every row of the table has passed. */
export interface CheckedIdentity {
  readonly provider: Provider
  readonly assertionId: string
  /** The value of the login attribute; the account's name. */
  readonly account: string
  readonly nameId: NameId | null
  readonly sessionIndex: string | null
  readonly authnContext: string | null
  readonly authenticatedAt: Instant | null
  /** The earliest of all AuthnStatements. */
  readonly sessionNotOnOrAfter: Instant | null
  readonly attributes: ReadonlyMap<string, readonly string[]>
}
