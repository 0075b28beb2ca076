/** Names that several rooms share. */

/** The gateway's own role. It holds the gateway's API and passes on every service. */
export const ADMINISTRATOR = 'administrator'

/** What whoever administrates the gateway holds, for every service. */
export const ADMINISTRATORS = { roles: [ADMINISTRATOR], service: null } as const

/** Entity id of the demo identity provider; refused unless publicUrl is localhost. */
export const DEMO_ENTITY_ID = 'urn:gatehouse:demo:identity-provider'

/** Where everything that the gateway serves itself stands. */
export const OWN_PREFIX = '/.gatehouse/'

/** A role name, the gateway's or `<profile>:<role>`. */
export const ROLE_NAME = /^[a-z0-9_.:-]{1,64}$/
