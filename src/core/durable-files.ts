/** Files that are there whole or not at all, also after the power went out. */

import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Puts a file of mode 0600 at `file`, filled by `fill`, which gets the path of a new empty file in the same folder. False
 * when something is there already; then it stays as it is.
 */
export async function createWhole(file: string, fill: (unfinished: string) => Promise<void>): Promise<boolean> {
  const unfinished = `${file}.${randomBytes(8).toString('hex')}`
  try {
    await (await open(unfinished, 'wx', 0o600)).close()
    await fill(unfinished)
    await syncPath(unfinished)
    await link(unfinished, file)
    await syncPath(dirname(file))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** Renames within one file system, durably; what was at `to` is replaced. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncPath(dirname(to))
}

/** Writes what the operating system still holds back of a file or folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
