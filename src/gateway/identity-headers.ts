/** The headers that tell an upstream who the operator is. */

import type { ServiceConfig } from '../config/config.ts'
import type { Operator, Session } from '../store/ports.ts'

/** Who a request is forwarded for. */
export interface Identity {
  readonly operator: Operator
  readonly session: Session
  /** Names of the roles that apply to the service. */
  readonly roles: readonly string[]
  /** The identity token. */
  readonly assertion: string
}

/**
 * Appends X-Gatehouse-*: always all of them, empty when there is no identity or the fact is unknown, but for the
 * assertion, which is there with an identity only; then the names that the service knows.
 */
export function pushIdentity(
  headers: string[],
  service: Pick<ServiceConfig, 'id' | 'headers'>,
  requestId: string,
  identity: Identity | undefined,
): void {
  const operator = identity?.operator
  headers.push(
    'X-Gatehouse-Operator',
    headerValue(operator?.account),
    'X-Gatehouse-Operator-Id',
    headerValue(operator?.id),
    'X-Gatehouse-Name',
    headerValue(operator?.displayName),
    'X-Gatehouse-Email',
    headerValue(operator?.email),
    'X-Gatehouse-Roles',
    identity === undefined ? '' : identity.roles.join(','),
    'X-Gatehouse-Service',
    service.id,
    'X-Gatehouse-Request-Id',
    requestId,
  )
  if (identity !== undefined) headers.push('X-Gatehouse-Assertion', identity.assertion)
  for (const name in service.headers) headers.push(name, serviceValue(service.headers[name] ?? '', identity))
}

/** The value with everything outside printable ASCII, and `%`, as percent-encoded UTF-8; empty when unknown. */
export function headerValue(value: string | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (PLAIN_VALUE.test(value)) return value
  // Lone surrogates have no UTF-8.
  return value.toWellFormed().replace(/[^\x20-\x7e]+|%/gu, encodeURIComponent)
}

const PLAIN_VALUE = /^[\x20-\x24\x26-\x7e]*$/
const ATTRIBUTE = 'attribute:'

function serviceValue(fact: string, identity: Identity | undefined): string {
  if (identity === undefined) return ''
  if (fact.startsWith(ATTRIBUTE)) return attributeValue(identity.session, fact.slice(ATTRIBUTE.length))
  const { operator, roles } = identity
  if (fact === 'account') return headerValue(operator.account)
  if (fact === 'id') return headerValue(operator.id)
  if (fact === 'name') return headerValue(operator.displayName)
  if (fact === 'email') return headerValue(operator.email)
  return fact === 'roles' ? roles.join(',') : ''
}

/** Several values joined by commas; a comma inside a value is encoded. */
function attributeValue({ attributes }: Session, wanted: string): string {
  const values = attributes.flatMap(([name, each]) => (name === wanted ? each : []))
  return values.length === 1
    ? headerValue(values[0])
    : values.map((value) => headerValue(value).replaceAll(',', '%2C')).join(',')
}
