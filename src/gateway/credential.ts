/** How the gateway itself signs in to a service: what goes into Authorization, and where it comes from. G-5. */

import type { ServiceConfig, UpstreamCredential } from '../config/config.ts'
import type { Clock } from '../core/time.ts'
import { flexnetAuthorize } from './flexnet-authorize.ts'
import type { Upstream } from './upstreams.ts'

export interface Credential {
  /**
   * Value of Authorization for a request to `upstream`; null where the connection itself shows who asks. Rejects with
   * CREDENTIAL_REFUSED, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT or UPSTREAM_INVALID.
   */
  authorization(upstream: Upstream): string | null | Promise<string>
  /** The upstream did not take `value`: it is not handed out again where another can be had. */
  refused(upstream: Upstream, value: string | null): void
}

/** The credentials of the services that have one, by service id. */
export function credentials({
  services,
  clock,
}: {
  services: readonly Pick<ServiceConfig, 'id' | 'credential' | 'timeouts'>[]
  clock: Clock
}): ReadonlyMap<string, Credential> {
  return new Map(
    services.flatMap(({ id, credential, timeouts }) => {
      const made = open(credential, { clock, timeouts })
      return made === undefined ? [] : [[id, made]]
    }),
  )
}

function open(
  credential: UpstreamCredential,
  { clock, timeouts }: { clock: Clock; timeouts: ServiceConfig['timeouts'] },
): Credential | undefined {
  switch (credential.type) {
    case 'none':
      return undefined
    case 'basic':
      return fixed(`Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`)
    case 'bearer':
      return fixed(`Bearer ${credential.token}`)
    case 'client-certificate':
      return fixed(null)
    case 'flexnet-authorize':
      return flexnetAuthorize({ ...credential, timeoutSeconds: timeouts.headersSeconds, clock })
  }
}

function fixed(value: string | null): Credential {
  return { authorization: () => value, refused: () => {} }
}
