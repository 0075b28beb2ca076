/** A session that another one takes the place of. */

import { auditRecord } from '../audit/record.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { ChangeKey, Ports, Session } from '../store/ports.ts'

/** Ends the session inside the sign-in's transaction, with its audit record. Returns the key to publish; none when it was over already. */
export async function endReplaced(
  ports: Ports,
  parts: { readonly clock: Clock; readonly random: Random },
  { id, operatorId }: Pick<Session, 'id' | 'operatorId'>,
): Promise<readonly ChangeKey[]> {
  if (!(await ports.sessions.revoke(id))) return []
  const detail = { session: id, operator: operatorId, reason: 'replaced' }
  await ports.audit.append(auditRecord(parts, 'session.ended', { actor: operatorId, detail }))
  return [`session:${id}`]
}
