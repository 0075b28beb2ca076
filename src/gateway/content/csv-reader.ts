/**
 * A strict reader of CSV (RFC 4180) in parts of any size: quotes stand around whole cells or nowhere, rows end with CRLF or
 * LF. It keeps no more than the row that is not complete yet.
 */

import { notFilterable } from './not-filterable.ts'

export interface Cell {
  readonly text: string
  readonly wasQuoted: boolean
}

export interface CsvReader {
  /** Throws NOT_FILTERABLE. */
  feed(text: string): void
  /** Throws NOT_FILTERABLE when the last cell is not complete. */
  end(): void
}

/** Length of the longest row. */
export const LONGEST_ROW = 4 * 1024 * 1024
export const MOST_COLUMNS = 10_000

/** Calls `row` for each row with its cells and its end, CRLF or LF; the last row may lack it. */
export function csvReader({
  delimiter,
  row,
}: {
  delimiter: string
  row: (cells: readonly Cell[], end: string) => void
}): CsvReader {
  const delimiterCode = delimiter.charCodeAt(0)
  let cells: Cell[] = []
  let length = 0
  let cell = ''
  /** `closed`: behind a quote that ends the cell, or is the first of two. */
  let state: 'start' | 'plain' | 'quoted' | 'closed' | 'after CR' = 'start'

  function take(part: string): void {
    cell += part
    length += part.length
    if (part.includes('\0')) throw notFilterable('CSV: a null character')
    if (length > LONGEST_ROW) throw notFilterable('CSV: a row that is too long')
  }
  function endCell(): void {
    if (cells.length === MOST_COLUMNS) throw notFilterable('CSV: too many columns')
    cells.push({ text: cell, wasQuoted: state === 'closed' })
    cell = ''
    length += 1
  }
  function endRow(end: string): void {
    const complete = cells
    cells = []
    length = 0
    state = 'start'
    row(complete, end)
  }

  /** Takes a run of one kind, beginning at `at`; returns where it ends. */
  function plain(text: string, at: number): number {
    let index = at
    for (; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code === delimiterCode || code === LINE_FEED || code === CARRIAGE_RETURN) break
      if (code === QUOTE) throw notFilterable('CSV: a quote inside a cell')
    }
    take(text.slice(at, index))
    return index
  }
  function quoted(text: string, at: number): number {
    const end = text.indexOf('"', at)
    take(text.slice(at, end === -1 ? undefined : end))
    if (end === -1) return text.length
    state = 'closed'
    return end + 1
  }
  /** Behind a cell. */
  function divide(code: number): void {
    if (code === delimiterCode) {
      endCell()
      state = 'start'
    } else if (code === LINE_FEED) {
      endCell()
      endRow('\n')
    } else if (code === CARRIAGE_RETURN) {
      endCell()
      state = 'after CR'
    } else throw notFilterable('CSV: text behind a quoted cell')
  }
  function step(text: string, at: number): number {
    const code = text.charCodeAt(at)
    if (state === 'quoted') return quoted(text, at)
    if (state === 'after CR') {
      if (code !== LINE_FEED) throw notFilterable('CSV: a carriage return that ends no row')
      endRow('\r\n')
    } else if (state === 'closed' && code === QUOTE) {
      take('"')
      state = 'quoted'
    } else if (state === 'start' && code === QUOTE) state = 'quoted'
    else if (isBoundary(code) || state === 'closed') divide(code)
    else {
      state = 'plain'
      return plain(text, at)
    }
    return at + 1
  }
  const isBoundary = (code: number) => code === delimiterCode || code === LINE_FEED || code === CARRIAGE_RETURN

  return {
    feed(text) {
      let at = 0
      while (at < text.length) at = step(text, at)
    },
    end() {
      if (state === 'quoted') throw notFilterable('CSV: a quote that is never closed')
      if (state === 'after CR') throw notFilterable('CSV: a carriage return that ends no row')
      if (state === 'start' && cells.length === 0) return
      endCell()
      endRow('')
    },
  }
}

const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d]
