/** What a thread of the verify pool runs. It gets bytes and public settings, gives plain data, and touches nothing else. */

import { type FormReading, readPostForm } from './post-form.ts'
import { type VerifyInput, type VerifyOutcome, verifyMessage } from './verify.ts'

/** The outcome of the message half of the check table. */
export function verify(input: VerifyInput): VerifyOutcome {
  return verifyMessage(input)
}

/** What a long form holds. */
export function readForm(octets: Uint8Array): FormReading {
  return readPostForm(octets)
}

/** True once the thread has loaded its modules. */
export function ready(): true {
  return true
}
