/** AuthnRequests (SAML Core 2.0 §3.4.1): which binding, signed or not, and under which id. */

import type { KeyPair } from '../../config/config.ts'
import { AppError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { Provider } from './model.ts'
import { postMessage, redirectLocation } from './node-saml.ts'

/** Us, as a request says it. */
export interface RequestingServiceProvider {
  readonly entityId: string
  readonly acsUrl: string
  /** RSA. */
  readonly signing: KeyPair
}

export type OutgoingRequest =
  | { readonly binding: 'redirect'; readonly location: string }
  /** `samlRequest` is base64, not deflated; both values are fields of a form posted to `action`. */
  | { readonly binding: 'post'; readonly action: string; readonly samlRequest: string; readonly relayState: string }

export interface AuthnRequestParts {
  readonly provider: Provider
  readonly serviceProvider: RequestingServiceProvider
  readonly relayState: string
  /** From `newRequestId`. */
  readonly requestId: string
}

/** An id that nobody guesses and that is an xs:ID: `_` and 32 hexadecimal digits (SAML Core 2.0 §1.3.4). */
export function newRequestId(random: Random): string {
  return `_${random.bytes(16).toString('hex')}`
}

/**
 * The request for one sign-in, by the configured binding or, where the provider's metadata lacks that, by the other. It
 * asks for the answer by HTTP-POST at our assertion consumer and for nothing else: no name identifier policy, no
 * authentication context. Throws INTERNAL when the provider has neither binding.
 */
export async function authnRequest(parts: AuthnRequestParts): Promise<OutgoingRequest> {
  const { provider, serviceProvider, relayState, requestId } = parts
  const { binding, ssoUrl } = destination(provider)
  const options = {
    id: requestId,
    issuer: serviceProvider.entityId,
    acsUrl: serviceProvider.acsUrl,
    ssoUrl,
    signing: mustSign(provider) ? serviceProvider.signing : null,
  }
  if (binding === 'redirect') return { binding, location: await redirectLocation(options, relayState) }
  return { binding, action: ssoUrl, samlRequest: await postMessage(options), relayState }
}

function destination({ config, metadata }: Provider): { binding: 'redirect' | 'post'; ssoUrl: string } {
  const redirect = metadata.ssoRedirectUrl && { binding: 'redirect' as const, ssoUrl: metadata.ssoRedirectUrl }
  const post = metadata.ssoPostUrl && { binding: 'post' as const, ssoUrl: metadata.ssoPostUrl }
  const chosen = config.binding === 'redirect' ? redirect || post : post || redirect
  if (!chosen) throw new AppError('INTERNAL', `provider ${config.id} has no single sign-on location`)
  return chosen
}

function mustSign({ config, metadata }: Provider): boolean {
  return config.signRequests === 'auto' ? metadata.wantAuthnRequestsSigned : config.signRequests === 'always'
}
