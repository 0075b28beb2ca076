/** Standing facts about a configuration that its owner should know; no mistakes. */

import type { Config } from './config.ts'

/** One line each, beginning with a stable name. */
export function configNotices(config: Config): readonly string[] {
  const shared =
    'ADMIN_SHARES_ORIGIN: admin.publicUrl is not set, so scripts of the services share the origin of the gateway'
  const open = config.services
    .filter((service) => service.authorization === 'off')
    .map((service) => `AUTHORIZATION_OFF: every operator with a role may do everything on ${service.id}`)
  const unlisted = config.services
    .filter((service) => service.unlistedOperations === 'open')
    .map((service) => `UNLISTED_OPEN: what the profile does not list is open to every role on ${service.id}`)
  return [...(config.admin.publicUrl === null ? [shared] : []), ...open, ...unlisted]
}
