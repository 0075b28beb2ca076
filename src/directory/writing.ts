/** What the parts share that write differences of the directory. */

import type { AuditDetail, AuditEvent } from '../audit/events.ts'
import { auditRecord } from '../audit/record.ts'
import { AppError } from '../core/errors.ts'
import { scopeKey } from '../core/role-key.ts'
import type { RoleGrant } from '../store/directory-ports.ts'
import type { AuditRecord, ChangeKey } from '../store/ports.ts'
import type { Change } from './change.ts'

/** Statements go out together and run in this order; what one of them throws is thrown at the end of its step. */
export type Step = readonly Promise<unknown>[]

export interface Writing {
  readonly change: Change
  readonly paths: ReadonlyMap<string, string>
  readonly keys: Set<ChangeKey>
  record<Event extends AuditEvent>(event: Event, detail: AuditDetail<Event>): Promise<void>
}

/** A difference may be computed from a state that is not in the store any more, which the store then says. */
export async function must(done: Promise<boolean>, what: string): Promise<void> {
  if (!(await done)) throw new AppError('INTERNAL', `${what} is not as it was read`)
}

/** Tells the grants of one holder apart. */
export function roleKeyText({ role, service, scope }: RoleGrant): string {
  return JSON.stringify([role, service, scopeKey(scope)])
}

/** How many entries are written at a time. */
const ENTRIES_AT_A_TIME = 250

/** Runs the step of each entry, some at a time. */
export function writeEach<Entry>(entries: readonly Entry[], step: (entry: Entry) => Step): Promise<void> {
  return writeTogether(entries, (some) => some.flatMap(step))
}

/** Runs one step for some entries at a time: what is under way is in memory, and moving it about costs more than the writing. */
export async function writeTogether<Entry>(
  entries: readonly Entry[],
  step: (some: readonly Entry[]) => Step,
): Promise<void> {
  let before: Promise<unknown> = Promise.resolve()
  for (let start = 0; start < entries.length; start += ENTRIES_AT_A_TIME) {
    // Made while the store writes those before.
    const part = Promise.all(step(entries.slice(start, start + ENTRIES_AT_A_TIME)))
    // Heard of when it is waited for, if those before went well.
    part.catch(() => {})
    await before
    before = part
  }
  await before
}

/** Records that are made in one turn go out together, behind the statements of that turn. */
export function recorder({ ports, clock, random, actor }: Change): Writing['record'] {
  let waiting: AuditRecord[] = []
  let sending: Promise<void> | undefined

  async function send(): Promise<void> {
    await Promise.resolve()
    const records = waiting
    waiting = []
    sending = undefined
    await ports.audit.append(...records)
  }

  return (event, detail) => {
    waiting.push(auditRecord({ clock, random }, event, { actor, detail }))
    sending ??= send()
    return sending
  }
}
