/** Signature wrapping (security.md: XSW 1-8 and later): the verified element is the one that is read, or nothing is. */

import { hostileTests } from '../support/saml/expect.ts'
import { WRAPPING_CASES } from './saml-cases/wrapping.ts'

hostileTests(WRAPPING_CASES)
