/** Servers as child processes: started, waited for, ended. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface RunningServer {
  readonly pid: number
  stop(): Promise<void>
}

const START_SECONDS = 20
const STOP_SECONDS = 15

/** Starts a program and resolves when it listens on `port`; what it prints goes to `printed`, a file. Rejects with that when it does not listen. */
export async function startServer({
  file,
  args,
  port,
  printed,
  ownGroup = false,
}: {
  file: string
  args: readonly string[]
  port: number
  printed: string
  /** In a process group of its own: Apache ends all of its group when it ends, and would end the bench. */
  ownGroup?: boolean
}): Promise<RunningServer> {
  const output = openSync(printed, 'a')
  const child = spawn(file, args, { stdio: ['ignore', output, output], detached: ownGroup })
  const gone = once(child, 'exit')
  for (let waited = 0; !(await listens(port)); waited += 0.1) {
    if (child.exitCode !== null || waited > START_SECONDS) {
      child.kill('SIGKILL')
      throw new Error(`${file} does not listen:\n${readFileSync(printed, 'utf8').slice(-4000)}`)
    }
    await pause(100)
  }
  return { pid: child.pid ?? 0, stop: () => stop(child, gone) }
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000)
  child.kill('SIGTERM')
  await gone
  clearTimeout(timer)
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
