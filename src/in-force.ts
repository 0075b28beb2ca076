/** A configuration put in force: its snapshot and its planes. */

import type { Shared } from './app.ts'
import type { Config } from './config/config.ts'
import type { Alarms } from './core/alarms.ts'
import { AppError } from './core/errors.ts'
import { GUEST, guestOf } from './core/guest.ts'
import { type LiveSnapshot, liveSnapshot } from './directory/live-snapshot.ts'
import { type Plane, plane } from './plane.ts'
import type { ChangeFeed } from './store/change-feed.ts'

/** What a configuration brings; swapped whole. */
export interface Current {
  readonly config: Config
  readonly live: LiveSnapshot
  readonly plane: Plane
}

/** Builds what the configuration brings. Throws CONFIG_INVALID or STORE_UNAVAILABLE with nothing left open. */
export async function putInForce(
  shared: Shared,
  config: Config,
  changes: { nextRevision: () => number; subscribe: ChangeFeed['subscribe'] },
): Promise<Current> {
  const live = await liveSnapshot({ ...shared, ...changes, services: config.services })
  let built: Plane | undefined
  try {
    built = await plane({ shared, config, snapshot: live.current })
    await endOtherProviders(shared, config)
  } catch (error) {
    live.close()
    await built?.close()
    throw error
  }
  const open = config.services.filter(({ authorization }) => authorization === 'off').map(({ id }) => id)
  shared.metrics.setConfig({ hash: config.hash, unsecuredServices: open, certificates: built.certificates })
  return { config, live, plane: built }
}

/** Whether sessions of that provider count: it is configured, or stands for guests, and a service admits these. */
export function isActiveProvider({ identityProviders, services }: Config, id: string): boolean {
  return id === GUEST ? services.some(({ guest }) => guest) : identityProviders.some((provider) => provider.id === id)
}

/** Ends the sessions of providers that are not configured any more, and of guests whom their service does not admit. */
async function endOtherProviders({ store, sessions }: Shared, config: Config): Promise<void> {
  const active = [...config.identityProviders.map(({ id }) => id), GUEST].filter((id) => isActiveProvider(config, id))
  const closed = config.services.filter(({ guest }) => !guest).map(({ id }) => guestOf(id))
  const ended = await store.transaction(async (ports) => {
    const ids = [...(await ports.sessions.revokeOtherProviders(active))]
    for (const guest of closed) ids.push(...(await ports.sessions.revokeOperator(guest)))
    const keys = ids.map((id) => `session:${id}`)
    if (keys.length > 0) await ports.revisions.publish(keys)
    return keys
  })
  sessions.evict(ended)
}

const NEEDS_RESTART = ['publicUrl', 'listen', 'stores', 'dataDir'] as const

/** The new configuration with what cannot change in a running process as it was. */
export function restartless(before: Config, next: Config, alarms: Alarms): Config {
  const [old, wanted] = [withoutCertificate(before), withoutCertificate(next)]
  const kept = NEEDS_RESTART.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(wanted[key]))
  if (kept.length === 0) alarms.clear('RESTART_NEEDED', '')
  else alarms.raise('RESTART_NEEDED', '', `${kept.join(', ')} changed; a restart puts that in force`)
  if (kept.includes('publicUrl')) throw new AppError('CONFIG_INVALID', 'publicUrl changed; that needs a restart')
  const { publicUrl, listen, stores, dataDir } = before
  return { ...next, publicUrl, listen, stores, dataDir }
}

/** The listener takes a new certificate as it runs, but not TLS itself. */
function withoutCertificate(config: Config) {
  return { ...config, listen: { ...config.listen, tls: config.listen.tls !== null } }
}
