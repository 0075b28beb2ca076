/** The last good copy of metadata that comes from a URL: `<provider id>.xml` in one folder. */

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface MetadataCopies {
  /** The copy of what `url` gave for the provider; undefined when there is none, or one of another URL. */
  load(provider: string, url: string): string | undefined
  /** Replaces the provider's copy; a crash leaves the old or the new one, whole. */
  save(provider: string, url: string, text: string): void
}

/** Copies in `folder`, which is made when the first is saved. */
export function metadataCopies({ folder }: { folder: string }): MetadataCopies {
  const fileOf = (provider: string): string => join(folder, `${provider}.xml`)
  return {
    load(provider, url) {
      let text: string
      try {
        text = readFileSync(fileOf(provider), 'utf8')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      }
      const mark = markOf(url)
      return text.endsWith(mark) ? text.slice(0, -mark.length) : undefined
    },
    save(provider, url, text) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = fileOf(provider)
      const unfinished = `${file}.new`
      writeDurably(unfinished, text + markOf(url))
      renameSync(unfinished, file)
      syncFolder(folder)
    },
  }
}

/**
 * The comment that ends a copy. A provider whose URL was changed in the configuration may be another one by now; the old
 * copy must neither stand in for it nor bind it to the old entityID.
 */
function markOf(url: string): string {
  return `\n<!-- fetched from ${url.replaceAll('-', '%2D')} -->\n`
}

function writeDurably(file: string, text: string): void {
  const handle = openSync(file, 'w', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
