/** What stands in Redis for one session, and what of it is believed. */

import { z } from 'zod'

import { instant } from '../../core/time.ts'
import type { LiveFacts } from '../live-sessions.ts'
import type { Session } from '../ports.ts'

/** Everything else in a Redis that is ours begins so, too. */
const PREFIX = 'gatehouse:session:'

/** Characters; the messages that sessions come from are no longer. */
const MOST_TEXT = 1_000_000

const Text = z.string().max(MOST_TEXT).nullable()
const Facts = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  nameId: Text,
  nameIdFormat: Text,
  sessionIndex: Text,
  authnContext: Text,
  attributes: z.array(z.tuple([z.string(), z.array(z.string())])).max(10_000),
})
/** Milliseconds, as the scripts write them. */
const At = z.string().regex(/^\d{1,15}$/)

/** The one key of a session: whatever is done to a session happens on one node, atomically. */
export function sessionKey(id: string): string {
  return PREFIX + id
}

/** The text of a session's unchanging facts. */
export function encodeFacts({ id, nameId, nameIdFormat, sessionIndex, authnContext, attributes }: Session): string {
  return JSON.stringify({ v: 1, id, nameId, nameIdFormat, sessionIndex, authnContext, attributes })
}

/** The facts that stand under the key of session `id`; undefined when they are not of our making, or of another session's. */
export function decodeFacts(id: string, facts: string, at: string): LiveFacts | undefined {
  const read = Facts.safeParse(parseJson(facts))
  if (!read.success || read.data.id !== id || !At.safeParse(at).success) return undefined
  const { v: _v, id: _id, ...rest } = read.data
  return { ...rest, lastActivityAt: instant(Number(at)) }
}

function parseJson(text: string): unknown {
  if (text.length > MOST_TEXT) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
