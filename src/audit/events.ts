/**
 * What the audit can say. Each event has fixed keys; nothing else is recorded, so no secret gets in by accident.
 * `operator` and `session` are ids. Values are short: names, codes, counts.
 */

/** What was asked for. `operation` and `object` are null for the use of a service as such. */
const ASKED = ['service', 'operation', 'object', 'method', 'path'] as const

/** Event name → the keys of its detail. */
export const AUDIT_EVENTS = {
  /** Somebody signed in. */
  'session.created': ['session', 'operator', 'account', 'provider'],
  /** `reason`: why it ended, such as `signed-out` or `replaced`. */
  'session.ended': ['session', 'operator', 'reason'],
  /** A sign-in that did not lead to a session; `operator` is null when there is no account. */
  'sign-in.refused': ['provider', 'account', 'operator', 'code', 'reference'],
  /** `origin`: `administrator` or `sign-in`. */
  'operator.created': ['operator', 'account', 'provider', 'origin'],
  /** The provider sent another display name or e-mail address. */
  'operator.updated': ['operator', 'account', 'provider', 'origin'],
  'operator.enabled': ['operator', 'account', 'provider'],
  /** `sessionsEnded`: how many. */
  'operator.disabled': ['operator', 'account', 'provider', 'sessionsEnded'],
  'operator.deleted': ['operator', 'account', 'provider', 'sessionsEnded'],
  /** `source`: `local`, `assertion` or `group`. */
  'role.granted': ['operator', 'account', 'provider', 'role', 'service', 'scope', 'expiresAt', 'source'],
  'role.revoked': ['operator', 'account', 'provider', 'role', 'service', 'scope', 'expiresAt', 'source'],
  /** The provider asserts the role from now on, or no longer. */
  'role.locked': ['operator', 'account', 'provider', 'role', 'service', 'scope', 'expiresAt', 'source'],
  'role.unlocked': ['operator', 'account', 'provider', 'role', 'service', 'scope', 'expiresAt', 'source'],
  /** `effect`: null when nothing is said of the resource any more. */
  'permission.changed': ['operator', 'account', 'provider', 'resource', 'effect'],
  'role.created': ['role', 'parents', 'permissions'],
  /** Counts of parents and permissions afterwards. */
  'role.changed': ['role', 'parents', 'permissions'],
  /** `operators`, `groups`: how many lost it. */
  'role.deleted': ['role', 'operators', 'groups'],
  'group.created': ['group', 'path'],
  /** Another name, another parent or another label. */
  'group.changed': ['group', 'path', 'before', 'label'],
  /** `members`: how many there were. */
  'group.deleted': ['group', 'path', 'members'],
  'group-role.granted': ['group', 'path', 'role', 'service', 'scope', 'expiresAt'],
  'group-role.revoked': ['group', 'path', 'role', 'service', 'scope', 'expiresAt'],
  /** `rights`: their names, `right(products)` where they are for some products only. */
  'membership.set': ['operator', 'account', 'provider', 'group', 'path', 'rights', 'source'],
  'membership.ended': ['operator', 'account', 'provider', 'group', 'path'],
  /** `owner`: `operator:<id>`, `group:<id>` or null. */
  'object.created': ['service', 'type', 'id', 'owner'],
  'object.moved': ['service', 'type', 'id', 'from', 'to'],
  /** `operators`, `groups`: how many entries; null without a list. */
  'object.list-changed': ['service', 'type', 'id', 'operators', 'groups'],
  'object.parents-changed': ['service', 'type', 'id', 'parents'],
  'object.deleted': ['service', 'type', 'id'],
  /** A move or a deletion above it lets in more than before. `opens`: it has no list any more; `operators`, `groups`: how many are named anew. */
  'object.access-widened': ['service', 'type', 'id', 'opens', 'operators', 'groups'],
  /** A change that the service was asked for; `change`: its id. */
  'object.change-begun': ['service', 'type', 'id', 'change', 'kind'],
  /** `outcome`: `done`, `dropped` or `in-doubt`. */
  'object.change-ended': ['service', 'type', 'id', 'change', 'kind', 'outcome'],
  /** A directory file was applied: how many entries changed. */
  'directory.applied': ['operators', 'roles', 'groups', 'objects'],
  /** `hash`: of the configuration now in force. */
  'settings.reloaded': ['hash'],
  /** New keys were made; `identity`, `cookies`: their ids, null where none was made. */
  'keys.rotated': ['identity', 'cookies'],
  /** The store was put back from a backup; `sessionsEnded`: how many. */
  'store.restored': ['sessionsEnded'],
  /** An unsafe request was allowed; written before it is forwarded. `door`: `proxy` or `forward-auth`. */
  'request.allowed': ['request', 'session', 'operator', 'account', 'provider', ...ASKED, 'rule', 'door'],
  /** How that request ended: `outcome` is `answered` or `broken-off`; `status` is 0 when no answer had begun. */
  'request.answered': ['request', 'session', 'service', 'status', 'outcome', 'code'],
  /** `count` refusals alike, from `since` on. `method`, `path` and `object` are those of the first. */
  'request.denied': ['session', 'operator', 'account', 'provider', ...ASKED, 'rule', 'code', 'count', 'since'],
  /** What could not be recorded from `since` on: `refused` changes, which went nowhere, and `denials`. */
  'audit.fell-short': ['refused', 'denials', 'since'],
  /** A process begins its chain. `statement`: signed. */
  'chain.opened': ['statement'],
  /** Where `chains` chains stand. */
  'chain.anchored': ['chains', 'statement'],
  /** `records` were removed because of their age. */
  'chain.removed': ['records', 'statement'],
} as const satisfies Record<string, readonly string[]>

export type AuditEvent = keyof typeof AUDIT_EVENTS

/** The detail that an event carries: each of its keys, no other. */
export type AuditDetail<Event extends AuditEvent> = {
  readonly [Key in (typeof AUDIT_EVENTS)[Event][number]]: string | number | boolean | null
}
