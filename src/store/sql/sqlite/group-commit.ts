/**
 * Group commit: transactions that wait at the same time are members of one transaction of the engine, each behind a
 * savepoint of its own, and share its one write to the disk. They run one after another; a member that throws is undone alone.
 */

import { within } from '../../../core/deadline.ts'
import { AppError } from '../../../core/errors.ts'
import { addSeconds, type Clock, type Instant, seconds, systemStopwatch } from '../../../core/time.ts'
import type { StoreStats } from '../../ports.ts'
import type { Execute } from '../dialect.ts'
import type { WriterThread } from './writer-thread.ts'

/** A group is closed after so many members or so much time, whichever comes first: other processes wait for the lock. */
const MEMBERS_PER_GROUP = 64
const GROUP_LASTS = seconds(0.005)

/** How long the lock is left free between two groups, so that another process finds it so. */
const PAUSE_MS = 1

/** Nobody may ever ask for the durations. */
const KEPT_DURATIONS = 1000

/** A member that takes longer is undone, since everybody waits for it. */
const MEMBER_LIMIT = seconds(10)

export interface GroupCommit {
  /** Runs `work` as a member. Resolves when the group is committed, rejects with what `work` threw or with STORE_UNAVAILABLE. */
  run<Value>(work: (execute: Execute) => Promise<Value>): Promise<Value>
  stats(): StoreStats
  /** Resolves when nothing waits any more; later members are refused. */
  close(): Promise<void>
}

interface Member {
  /** Does the work and returns what to call when it is committed. */
  attempt(execute: Execute): Promise<() => void>
  reject(error: unknown): void
}

/** The queue in front of `writer`, which nobody else may use for transactions. */
export function groupCommit({ writer, clock }: { writer: WriterThread; clock: Clock }): GroupCommit {
  const queue: Member[] = []
  let commits = 0
  let transactions = 0
  let closed = false
  let draining: Promise<void> | undefined
  let durations: number[] = []

  function noteDuration(since: number): void {
    if (durations.length < KEPT_DURATIONS) durations.push((systemStopwatch() - since) / 1000)
  }

  function takeDurations(): readonly number[] {
    const taken = durations
    durations = []
    return taken
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const committed = await runGroup(writer, clock, queue)
      if (committed !== undefined) commits += 1
      transactions += committed ?? 0
      if (queue.length > 0) await pause()
    }
    draining = undefined
  }

  return {
    run(work) {
      if (closed) return Promise.reject(new AppError('STORE_UNAVAILABLE', 'the store is closed'))
      return new Promise((resolve, reject) => {
        const called = systemStopwatch()
        const attempt = async (execute: Execute) => {
          const value = await work(execute)
          return () => {
            noteDuration(called)
            resolve(value)
          }
        }
        queue.push({ attempt, reject })
        draining ??= drain()
      })
    },
    stats: () => ({ commits, transactions, queued: queue.length, takeDurations }),
    async close() {
      closed = true
      await draining
    },
  }
}

/** Runs one group from `queue`. How many of its members were committed; undefined when the engine failed and none was. */
async function runGroup(writer: WriterThread, clock: Clock, queue: Member[]): Promise<number | undefined> {
  const group = beginGroup(writer, clock)
  try {
    const done = await runMembers(group, queue)
    await Promise.all([group.begun, writer.send({ kind: 'commit' })])
    for (const resolve of done) resolve()
    return done.length
  } catch (error) {
    unheeded(writer.send({ kind: 'rollback' }))
    // Without a transaction all have waited as long as the lock was tried for.
    for (const { reject } of group.end === undefined ? [...group.attempted, ...queue.splice(0)] : group.attempted) {
      reject(error)
    }
    return undefined
  }
}

interface Group {
  readonly writer: WriterThread
  readonly clock: Clock
  readonly attempted: Member[]
  /** Rejects when the engine did not begin the transaction. */
  readonly begun: Promise<void>
  /** When it is closed; undefined before it has begun. */
  end: Instant | undefined
}

/** Not waited for: the first member's statements go to the writer together with the beginning, and fail if that fails. */
function beginGroup(writer: WriterThread, clock: Clock): Group {
  const begun = writer.send({ kind: 'begin' }).then(() => {
    group.end = addSeconds(clock.now(), GROUP_LASTS)
  })
  unheeded(begun)
  const group: Group = { writer, clock, attempted: [], begun, end: undefined }
  return group
}

/** Moves members from `queue` to `attempted` until the group is full; returns what to call when it is committed. */
async function runMembers(group: Group, queue: Member[]): Promise<(() => void)[]> {
  const { attempted, clock } = group
  const done: (() => void)[] = []
  for (let member = queue.shift(); member !== undefined; member = queue.shift()) {
    attempted.push(member)
    const resolve = await runMember(group, member)
    if (resolve !== undefined) done.push(resolve)
    if (attempted.length === MEMBERS_PER_GROUP || (group.end !== undefined && clock.now() >= group.end)) break
  }
  return done
}

/** Runs one member behind its savepoint; undefined when it threw and was undone and told so. Rejects when nothing has begun. */
async function runMember({ writer, begun }: Group, member: Member): Promise<(() => void) | undefined> {
  let over = false
  const execute: Execute = (sql, parameters) => {
    if (!over) return writer.send({ kind: 'statement', sql, parameters })
    return Promise.reject(new AppError('INTERNAL', 'the ports of a transaction were used after its end'))
  }
  // Not waited for: requests run in order, and a savepoint that failed fails the commit.
  unheeded(writer.send({ kind: 'savepoint' }))
  try {
    const resolve = await within(member.attempt(execute), MEMBER_LIMIT, tooLong)
    unheeded(writer.send({ kind: 'keep' }))
    return resolve
  } catch (error) {
    await begun
    unheeded(writer.send({ kind: 'undo' }))
    member.reject(error)
    return undefined
  } finally {
    over = true
  }
}

function tooLong(): AppError {
  const advice = 'a large change has to be made in parts, or when there is less to do'
  return new AppError('STORE_UNAVAILABLE', `a transaction took more than ${MEMBER_LIMIT} s and was undone: ${advice}`)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}

/** For a request whose failure shows itself in a later one. */
function unheeded(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
