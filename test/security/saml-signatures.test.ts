/** Signatures: coverage, shape, keys, algorithms, transforms (security.md). */

import { hostileTests } from '../support/saml/expect.ts'
import { SIGNATURE_VALUE_CASES } from './saml-cases/signature-values.ts'
import { SIGNATURE_CASES } from './saml-cases/signatures.ts'

hostileTests([...SIGNATURE_CASES, ...SIGNATURE_VALUE_CASES])
