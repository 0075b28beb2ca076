/** Runs a message through the whole check table, the claims kept in a set. */

import type { IdentityProviderConfig } from '../../../src/config/config.ts'
import { instant, seconds } from '../../../src/core/time.ts'
import { checkVerified, type MeaningInput } from '../../../src/signin/saml/checks.ts'
import type { CheckResult, Provider, SignInRequest } from '../../../src/signin/saml/model.ts'
import { type VerifyInput, verifyMessage } from '../../../src/signin/saml/verify.ts'
import { other, own, ownNext, provider } from './identities.ts'
import { ACS, ENTITY_ID, encode, ISSUER, NOW, REQUEST_ID } from './response.ts'

export const OTHER_ISSUER = 'https://other.example.com/metadata'

const CONFIG: IdentityProviderConfig = {
  id: 'idp',
  displayName: 'Provider',
  metadata: { kind: 'url', url: 'https://idp.example.com/metadata' },
  binding: 'redirect',
  signRequests: 'auto',
  want: { signedResponse: false, signedAssertion: false, encryptedAssertion: false },
  minimumSignature: 'rsa-sha256',
  allowCbc: false,
  allowUnsolicited: false,
  loginAttribute: 'NameID',
  accountDomains: [],
  createUnknownOperator: true,
  adminAttribute: null,
  adminMode: 'fnms',
  attributes: { displayName: [], email: [] },
  entry: null,
  groups: { attribute: null, map: {}, mode: 'additive' },
}

/** A configured provider with these settings and certificates. */
export function providerWith(
  config: Partial<IdentityProviderConfig> = {},
  { entityId = ISSUER, certificates = [provider.certificate] }: { entityId?: string; certificates?: string[] } = {},
): Provider {
  return {
    config: { ...CONFIG, ...config },
    metadata: {
      entityId,
      certificates,
      ssoRedirectUrl: null,
      ssoPostUrl: null,
      sloRedirectUrl: null,
      wantAuthnRequestsSigned: false,
      validUntil: null,
    },
  }
}

export interface Circumstances {
  readonly config?: Partial<IdentityProviderConfig>
  readonly certificates?: string[]
  readonly request?: SignInRequest | null
  readonly claimed?: Set<string>
  readonly offset?: number
  readonly now?: number
}

/** What the worker would be given. */
export function verifyInput(samlResponse: string, providers: readonly Provider[]): VerifyInput {
  return {
    samlResponse,
    providers: providers.map(({ config, metadata }) => ({
      id: config.id,
      entityId: metadata.entityId,
      certificates: metadata.certificates,
      want: config.want,
      minimumSignature: config.minimumSignature,
      allowCbc: config.allowCbc,
    })),
    decryptionKeys: [ownNext.key, own.key],
  }
}

/** The two configured providers. */
export function providersIn({ config, certificates }: Circumstances): readonly Provider[] {
  return [
    providerWith(config, certificates === undefined ? {} : { certificates }),
    providerWith({ id: 'other' }, { entityId: OTHER_ISSUER, certificates: [other.certificate] }),
  ]
}

/** What checkMeaning would be given. */
export function meaningInput(samlResponse: string, circumstances: Circumstances = {}): MeaningInput {
  const providers = providersIn(circumstances)
  const { request, offset = 300, now = NOW } = circumstances
  return {
    outcome: structuredClone(verifyMessage(structuredClone(verifyInput(samlResponse, providers)))),
    providers: new Map(providers.map((each) => [each.config.id, each])),
    acsUrl: ACS,
    entityId: ENTITY_ID,
    request:
      request === undefined
        ? { id: REQUEST_ID, provider: 'idp', returnTo: '/', issuedAt: instant(NOW), fromTile: false }
        : request,
    offset: seconds(offset),
    now: instant(now),
  }
}

/** The outcome of the whole table for a form field. */
export function judgeField(samlResponse: string, circumstances: Circumstances = {}): Promise<CheckResult> {
  const claimed = circumstances.claimed ?? new Set<string>()
  return checkVerified({
    ...meaningInput(samlResponse, circumstances),
    claim: async (key) => !claimed.has(key) && claimed.add(key) !== undefined,
  })
}

/** The outcome of the whole table for the XML of a message. */
export function judge(xml: string | Buffer, circumstances: Circumstances = {}): Promise<CheckResult> {
  return judgeField(encode(xml), circumstances)
}
