/** A service provider, running, that knows the identity provider of the bench. */

import type { SigningKeys } from '../../../src/demo/identity-provider/signature.ts'
import type { ServiceProviderSide } from './messages.ts'

export interface SignInContender extends ServiceProviderSide {
  readonly name: string
  /** Behind it; shown to whoever has a session. */
  readonly askedUrl: string
  /** The processes that count, with all that descend from them. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

export interface SignInContenderOptions {
  /** An empty folder of its own. */
  readonly folder: string
  /** Origin of the service behind. */
  readonly upstream: string
  readonly provider: BenchProvider
}

/** The identity provider as all contenders know it; it signs messages, and nobody asks it. */
export interface BenchProvider {
  readonly keys: SigningKeys
  readonly metadata: string
}
