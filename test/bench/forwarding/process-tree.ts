/** What processes have used, from /proc: they, and all that descend from them. */

import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  /** User and system time of all of them, with that of descendants that are gone and were waited for. */
  readonly cpuSeconds: number
  /** Proportional set size: memory that several share is counted once. */
  readonly mebibytes: number
}

/** USER_HZ, which is 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100
const KIBIBYTES = 1024

export function usageOf(roots: readonly number[]): Usage {
  let ticks = 0
  let kibibytes = 0
  for (const { pid, fields } of treeOf(roots)) {
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), counted here from the state, which is field 3.
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index])
    kibibytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, mebibytes: kibibytes / KIBIBYTES }
}

interface Stat {
  readonly pid: number
  /** From the state on: the name before it may hold spaces. */
  readonly fields: readonly string[]
}

function treeOf(roots: readonly number[]): readonly Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readStat)
  const inside = new Set(roots)
  for (let before = 0; before !== inside.size; ) {
    before = inside.size
    for (const { pid, fields } of all) if (inside.has(Number(fields[1]))) inside.add(pid)
  }
  return all.filter(({ pid }) => inside.has(pid))
}

/** Empty when the process is gone. */
function readStat(name: string): readonly Stat[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'latin1')
    return [{ pid: Number(name), fields: text.slice(text.lastIndexOf(')') + 2).split(' ') }]
  } catch {
    return []
  }
}
