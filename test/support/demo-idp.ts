/** The demo identity provider for tests: own keys, any free port, and answers that a test may bend. */

import { DEMO_ENTITY_ID } from '../../src/core/names.ts'
import { type Random, systemRandom } from '../../src/core/random.ts'
import { type Clock, systemClock } from '../../src/core/time.ts'
import { DEMO_ACCOUNTS, type DemoAccount } from '../../src/demo/accounts.ts'
import type { ServiceProvider } from '../../src/demo/identity-provider/authn-request.ts'
import { makeDemoKeys } from '../../src/demo/identity-provider/keys.ts'
import { type DemoIdentityProvider, demoIdentityProvider } from '../../src/demo/identity-provider/provider.ts'
import { type DemoResponseOptions, demoResponse } from '../../src/demo/identity-provider/response.ts'
import type { SigningKeys } from '../../src/demo/identity-provider/signature.ts'

export interface Bend {
  /** Laid over what the sign-in calls for. */
  readonly overrides?: Partial<DemoResponseOptions>
  /** Changes the finished message, signatures and all. */
  readonly tamper?: (xml: string) => string
}

export interface TestIdentityProvider extends DemoIdentityProvider {
  readonly keys: SigningKeys
  readonly entityId: string
  /** Bends the next sign-in and no other; called again before it, the later call holds. */
  answer(next: Bend): void
  /** The messages it sent, XML, oldest first. */
  readonly sent: readonly string[]
}

/** Keys are costly to make; all providers of a test file share one pair unless told otherwise. */
let shared: Promise<SigningKeys> | undefined

/** Starts a provider that answers to `serviceProvider`, which it reads anew for each request: a test may fill it in later. */
export async function openTestIdentityProvider({
  serviceProvider,
  accounts = DEMO_ACCOUNTS,
  clock = systemClock,
  random = systemRandom,
  keys,
  entityId = DEMO_ENTITY_ID,
  origin,
  port = 0,
}: {
  serviceProvider: ServiceProvider
  accounts?: readonly DemoAccount[]
  clock?: Clock
  random?: Random
  keys?: SigningKeys
  entityId?: string
  /** Where browsers reach it; `http://localhost:<port>` unless given. */
  origin?: string
  port?: number
}): Promise<TestIdentityProvider> {
  shared ??= makeDemoKeys(clock.now())
  const own = keys ?? (await shared)
  const sent: string[] = []
  let next: Bend = {}
  const provider = await demoIdentityProvider({
    host: '127.0.0.1',
    port,
    keys: own,
    accounts,
    serviceProvider,
    clock,
    random,
    ...(origin === undefined ? {} : { origin }),
    async respond(options) {
      const { overrides = {}, tamper = (xml: string) => xml } = next
      next = {}
      const message = tamper(await demoResponse({ ...options, issuer: entityId, ...overrides }))
      sent.push(message)
      return message
    },
  })
  return {
    ...provider,
    metadata: () => provider.metadata().replace(DEMO_ENTITY_ID, entityId),
    entityId,
    keys: own,
    sent,
    answer(bend) {
      next = bend
    },
  }
}
