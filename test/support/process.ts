/** The command as a child process, driven from outside. */

import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The command. */
export const PROGRAM = fileURLToPath(new URL('../../src/gatehouse.js', import.meta.url))

export interface Ended {
  /** Exit code; null: ended by `signal`. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Resolves once standard output and error together hold `text`. Rejects when the process ends before, or after `seconds`. */
  says(text: string, seconds?: number): Promise<void>
  signal(name: NodeJS.Signals): void
  /** How it ended; what it still prints is in there. */
  readonly ended: Promise<Ended>
}

export interface Surroundings {
  /** Laid over the environment of the tests, less what npm and a configuration put there. */
  readonly env?: Readonly<Record<string, string>>
  /** The root of the project unless given. */
  readonly cwd?: string
}

/** Starts `gatehouse` with `args`. */
export function startGatehouse(args: readonly string[], surroundings: Surroundings = {}): Running {
  return startProgram(process.execPath, [PROGRAM, ...args], surroundings)
}

/** Runs `gatehouse` with `args` to its end; a command that takes longer than 20 seconds is killed. */
export async function gatehouse(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const running = startGatehouse(args, surroundings)
  const timer = setTimeout(() => running.signal('SIGKILL'), 20_000)
  const ended = await running.ended
  clearTimeout(timer)
  return ended
}

/** Starts any program in a process group of its own, as a terminal does. */
export function startProgram(file: string, args: readonly string[], { env = {}, cwd = ROOT }: Surroundings): Running {
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(file, args, { cwd, env: { ...bareEnvironment(), ...env }, stdio: [...stdio], detached: true })
  const printed = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...printed }))
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    says: (text, seconds = 20) => untilSaid({ child, printed, text, seconds }),
    signal: (name) => void child.kill(name),
    ended,
  }
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The first of `count` ports in a row that nobody has now, below those that systems give out by themselves. */
export async function freePorts(count: number): Promise<number> {
  for (let first = 21_000 + (process.pid % 500) * 10; first < 32_000; first += count) {
    const taken = await Promise.all(Array.from({ length: count }, (_, index) => isTaken(first + index)))
    if (!taken.includes(true)) return first
  }
  throw new Error(`no ${count} free ports in a row`)
}

/** Whether somebody listens on the port of 127.0.0.1. It is asked, not taken: who waits for a program must not be in its way. */
export async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** Asks `ask` again until `holds` is true of its answer; resolves with how many milliseconds that took. Rejects after `seconds`. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  holds: (answer: Value) => boolean,
  seconds = 5,
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const answer = await ask()
    const took = performance.now() - start
    if (holds(answer)) return took
    if (took > seconds * 1000) throw new Error(`not so within ${seconds} s; the last answer: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function untilSaid({
  child,
  printed,
  text,
  seconds,
}: {
  child: ChildProcess
  printed: { stdout: string; stderr: string }
  text: string
  seconds: number
}): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => finish(() => reject(new Error(`${why}: ${printed.stdout}${printed.stderr}`)))
    const timer = setTimeout(() => fail(`"${text}" was not said within ${seconds} s`), seconds * 1000)
    const look = () => {
      if (`${printed.stdout}${printed.stderr}`.includes(text)) finish(resolve)
    }
    const gone = () => fail(`it ended before it said "${text}"`)
    function finish(then: () => void): void {
      clearTimeout(timer)
      child.off('close', gone)
      child.stdout?.off('data', look)
      child.stderr?.off('data', look)
      then()
    }
    child.on('close', gone)
    child.stdout?.on('data', look)
    child.stderr?.on('data', look)
    look()
  })
}

function bareEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(?:npm_|GATEHOUSE_|NODE_)/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}
