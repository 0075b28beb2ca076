/** What a process uses, as Linux tells it. */

import { readdir, readFile, readlink } from 'node:fs/promises'

/** Resident memory, in MiB. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** Open sockets, listening ones included. */
export async function openSockets(pid: number): Promise<number> {
  const descriptors = await readdir(`/proc/${pid}/fd`)
  // A descriptor may be gone before it is looked at.
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return targets.filter((target) => target.startsWith('socket:')).length
}

/** Watches the memory of a process; `stop` returns its highest value in MiB. */
export function watchMemory(pid: number): { stop(): Promise<number> } {
  let highest = 0
  const look = async (): Promise<void> => {
    highest = Math.max(highest, await residentMemory(pid))
  }
  const timer = setInterval(() => void look(), 50)
  return {
    async stop() {
      clearInterval(timer)
      await look()
      return highest
    },
  }
}
