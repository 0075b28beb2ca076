/** The rows of the check table that a message must pass before anything in it is believed. Order is the security argument. */

import type { ErrorCode } from '../../core/errors.ts'

/** Name and codes of one row; `provider` names the settings that change what it demands, never whether it runs. */
export interface Row {
  readonly name: string
  readonly codes: readonly ErrorCode[]
  readonly provider: readonly string[]
}

export const MESSAGE_ROWS = [
  { name: 'size and base64', codes: ['SAML_TOO_LARGE', 'SAML_MALFORMED'], provider: [] },
  { name: 'strict XML within the limits', codes: ['SAML_MALFORMED', 'SAML_TOO_LARGE'], provider: [] },
  {
    name: 'one Response, one assertion, unique IDs',
    codes: ['SAML_MALFORMED', 'SAML_SIGNATURE_INVALID', 'SAML_ALGORITHM_REFUSED', 'SAML_STATUS_NOT_SUCCESS'],
    provider: [],
  },
  { name: 'algorithms on the allow-list', codes: ['SAML_ALGORITHM_REFUSED', 'SAML_MALFORMED'], provider: [] },
  { name: 'issuer is a configured provider', codes: ['SAML_ISSUER_UNKNOWN'], provider: ['metadata'] },
  {
    name: 'algorithms as strong as the provider demands',
    codes: ['SAML_ALGORITHM_REFUSED'],
    provider: ['minimumSignature', 'allowCbc'],
  },
  { name: 'encrypted where wanted', codes: ['SAML_ENCRYPTION_MISSING'], provider: ['want.encryptedAssertion'] },
  {
    name: 'signed where wanted',
    codes: ['SAML_SIGNATURE_MISSING'],
    provider: ['want.signedResponse', 'want.signedAssertion'],
  },
  // What was signed is parsed once more, from the canonical octets.
  {
    name: 'signature by a pinned key',
    codes: ['SAML_SIGNATURE_INVALID', 'SAML_MALFORMED', 'SAML_TOO_LARGE'],
    provider: ['metadata'],
  },
  { name: 'decryption', codes: ['SAML_DECRYPTION_FAILED'], provider: [] },
  {
    name: 'the same again inside the encryption',
    codes: [
      'SAML_ALGORITHM_REFUSED',
      'SAML_SIGNATURE_MISSING',
      'SAML_SIGNATURE_INVALID',
      'SAML_MALFORMED',
      'SAML_TOO_LARGE',
    ],
    provider: ['minimumSignature', 'want.signedAssertion'],
  },
  {
    name: 'signed content has one meaning',
    codes: ['SAML_MALFORMED', 'SAML_DECRYPTION_FAILED', 'SAML_ALGORITHM_REFUSED'],
    provider: ['allowCbc'],
  },
] as const satisfies readonly Row[]

export type MessageRow = (typeof MESSAGE_ROWS)[number]['name']
