/** What an operator has, as rows. */

import { byBytes } from '../../core/by-bytes.ts'
import type { Membership } from '../directory-ports.ts'
import type { Grant } from '../ports.ts'
import { roleColumns } from './role-columns.ts'
import type { Tables } from './schema.ts'

export function grantRow(operatorId: string, grant: Grant): Tables['grants'] {
  const kept = { source: grant.source, locked: Number(grant.locked), expires_at: grant.expiresAt }
  return { operator_id: operatorId, ...roleColumns(grant), ...kept }
}

export function membershipRow(operatorId: string, { group, rights, source }: Membership): Tables['memberships'] {
  const ordered = rights.toSorted((a, b) => byBytes(a.right, b.right))
  const text = JSON.stringify(ordered.map(({ right, products }) => ({ right, products })))
  return { operator_id: operatorId, group_id: group, rights: text, source }
}
