/** What a guest is called: who comes without an account to a service that admits such. */

/** Stands in the place of an identity provider. */
export const GUEST = 'guest'

/** Id and account of the one guest that a service has; ids of operators are UUIDs. */
export function guestOf(service: string): string {
  return `${GUEST}:${service}`
}

/** Whether the id is that of a guest. */
export function isGuestId(id: string): boolean {
  return id.startsWith(`${GUEST}:`)
}

/** Whether a session is one for the service: that of a guest is none for every service but his own. */
export function reachesService(
  { provider, operatorId }: { readonly provider: string; readonly operatorId: string },
  service: string,
): boolean {
  return provider !== GUEST || operatorId === guestOf(service)
}
