/** Directories and child processes for the tests of the SQLite store. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { silentLog } from '../../../../src/core/log.ts'
import { systemClock } from '../../../../src/core/time.ts'
import type { Store } from '../../../../src/store/ports.ts'
import { sqliteStore } from '../../../../src/store/sql/sqlite/sqlite-store.ts'
import { testWriter } from '../../../support/chain-writer.ts'

/** A directory that is removed when the test ends. */
export function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

/** The store in `file`, closed when the test ends. */
export async function openStore(t: TestContext, file: string): Promise<Store> {
  const store = await sqliteStore({ file, writer: testWriter(), clock: systemClock, log: silentLog })
  t.after(() => store.close())
  return store
}

export interface Child {
  readonly process: ChildProcess
  /** What it printed so far; complete when `ended` has resolved. */
  readonly lines: string[]
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>
  /** Resolves when that many lines are there; rejects when it ends before. */
  printed(count: number): Promise<void>
}

/** Starts `child.ts` with `args`; with `fileLimit` its files cannot grow beyond that many blocks of 512 bytes. */
export function startChild(t: TestContext, args: readonly string[], fileLimit?: number): Child {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url))
  const limit = fileLimit === undefined ? '' : `ulimit -f ${fileLimit}; `
  const child = spawn('/bin/sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  })
  t.after(() => child.kill('SIGKILL'))
  const lines: string[] = []
  const waiting: (() => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const printed = (count: number) =>
    new Promise<void>((resolve, reject) => {
      const look = () => lines.length >= count && resolve()
      waiting.push(look)
      look()
      void ended.then(() => reject(new Error('the child ended early')))
    })
  return { process: child, lines, ended, printed }
}
