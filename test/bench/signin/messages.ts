/** Signed messages, made beforehand: each a sign-in of its own that answers no request. */

import { systemRandom } from '../../../src/core/random.ts'
import { systemClock } from '../../../src/core/time.ts'
import { demoResponse } from '../../../src/demo/identity-provider/response.ts'
import type { SigningKeys } from '../../../src/demo/identity-provider/signature.ts'

export interface ServiceProviderSide {
  readonly entityId: string
  readonly acsUrl: string
  /** What the service provider understands as the way on. */
  readonly relayState: string
}

/** Shibboleth looks through all sessions of a name identifier at each sign-in, so there have to be many. */
const PEOPLE = 500

/** Form bodies with a signed response around a signed assertion each. */
export async function signMessages(keys: SigningKeys, side: ServiceProviderSide, count: number): Promise<string[]> {
  const bodies: string[] = []
  for (let index = 0; index < count; index += 1) {
    const xml = await demoResponse({
      keys,
      responseId: newId(),
      assertionId: newId(),
      sessionIndex: newId(),
      issuedAt: systemClock.now(),
      account: `operator-${index % PEOPLE}@example.com`,
      attributes: [
        { name: 'displayName', values: [`Operator ${index % PEOPLE}`] },
        { name: 'mail', values: [`operator-${index % PEOPLE}@example.com`] },
        { name: 'FnmsAdmin', values: ['true'] },
      ],
      inResponseTo: null,
      audience: side.entityId,
      destination: side.acsUrl,
      sessionNotOnOrAfter: null,
    })
    bodies.push(formBody(xml, side.relayState))
  }
  return bodies
}

/** The form that carries a message. */
export function formBody(xml: string | Buffer, relayState: string): string {
  return new URLSearchParams({
    SAMLResponse: Buffer.from(xml).toString('base64'),
    RelayState: relayState,
  }).toString()
}

function newId(): string {
  return `_${systemRandom.bytes(16).toString('hex')}`
}
