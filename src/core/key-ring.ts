/**
 * Several keys of one kind, of which one is used at a time: the next is known before its first use, and those used before
 * still count for a while. In a folder the first key is `KIND.key`; each further one has the instant of its first use in its
 * name: `KIND-20261124T090000Z.key`.
 */

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { addSeconds, type Instant, instant, isoTime, type Seconds, seconds } from './time.ts'

export interface RingKey {
  /** As the file has it, without white space at its ends. */
  readonly text: string
  /** First use; 0: ever since. */
  readonly from: Instant
  /** Name of its file; null: from the configuration. */
  readonly file: string | null
}

/** In the order of their use; never empty. */
export type KeyRing = readonly [RingKey, ...RingKey[]]

/** `lead`: how long a new key is known before it is used. `keep`: how long a key counts after another took its place. */
export interface KeyTimes {
  readonly lead: Seconds
  readonly keep: Seconds
}

/**
 * Identity keys: `jwks.json` may be cached for 5 minutes and tokens live for one. Cookie keys: a session that is in use
 * goes on as long as browsers keep any cookie.
 */
export const KEY_TIMES = {
  identity: { lead: seconds(600), keep: seconds(600) },
  cookies: { lead: seconds(0), keep: seconds(400 * 24 * 3600) },
} as const satisfies Record<string, KeyTimes>

export type KeyKind = keyof typeof KEY_TIMES

/** Published by a command that has made keys, and by the process that has taken them. */
export const KEYS_CHANGED = 'keys'
export const KEYS_HELD = 'keys:held'

/** How long the state of a sign-in that an earlier cookie key sealed is read; no sign-in may take longer. */
export const KEEP_SEALING: Seconds = seconds(24 * 3600)

/** The key that is used at `now`: the latest that has begun, or the first while none has. */
export function currentKey(ring: KeyRing, now: Instant): RingKey {
  return ring.findLast(({ from }) => from <= now) ?? ring[0]
}

/** The keys that count at `now`: the current one, those to come, and those replaced less than `keep` ago. */
export function countingKeys(ring: KeyRing, now: Instant, keep: Seconds): KeyRing {
  const [first = ring[0], ...rest] = ring.filter((_key, index) => {
    const replaced = ring[index + 1]?.from
    return replaced === undefined || now < addSeconds(replaced, keep)
  })
  return [first, ...rest]
}

/** The ring with `text` as its last key, first used `lead` from now on; the same ring when that is its last key already. */
export function withNextKey(ring: KeyRing, text: string, { now, lead }: { now: Instant; lead: Seconds }): KeyRing {
  if (ring.at(-1)?.text === text) return ring
  const [first, ...rest] = ring.filter((key) => key.text !== text)
  const next = { text, from: addSeconds(now, lead), file: null }
  return first === undefined ? [next] : [first, ...rest, next]
}

/** The name of the file of a key that is first used at `from`, a whole second. */
export function keyFileName(kind: KeyKind, from: Instant): string {
  return `${kind}-${isoTime(from).replace(/[-:]|\.\d+/g, '')}.key`
}

/** The names of the key files of a kind in the folder with their first use, in that order. The folder must be there. */
export async function keyFiles(dir: string, kind: KeyKind): Promise<readonly { file: string; from: Instant }[]> {
  const found = (await readdir(dir)).flatMap((file) => {
    const from = firstUse(file, kind)
    return from === undefined ? [] : [{ file, from }]
  })
  return found.toSorted((one, other) => one.from - other.from)
}

/** Removes the files of keys that count no longer, as far as that is allowed; what stays is passed over all the same. */
export async function removeRetired(dir: string, ring: KeyRing, counting: KeyRing): Promise<void> {
  for (const { file } of ring.filter((key) => !counting.includes(key))) {
    // A folder that is read-only is no reason not to start.
    if (file !== null) await rm(join(dir, file), { force: true }).catch(() => {})
  }
}

const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

function firstUse(file: string, kind: KeyKind): Instant | undefined {
  if (file === `${kind}.key`) return instant(0)
  if (!file.startsWith(`${kind}-`) || !file.endsWith('.key')) return undefined
  const stamp = file.slice(kind.length + 1, -'.key'.length)
  const at = Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'))
  return STAMP.test(stamp) && !Number.isNaN(at) ? instant(at) : undefined
}
