/** Obligations on CSV: columns are known by their titles in the first row, every other row is an item of each filter. */

import type { CompiledRules } from './compiled-rules.ts'
import { type Cell, csvReader } from './csv-reader.ts'
import { checkEmbedded } from './embedded-json.ts'
import { foldField } from './field-names.ts'
import type { ContentReader } from './json-filter.ts'
import { maskText } from './mask.ts'
import { notFilterable } from './not-filterable.ts'
import type { Container, Piece } from './pieces.ts'
import type { CsvShape } from './rules.ts'

interface Column {
  readonly hide: 'remove' | { readonly keepLast: number } | null
}

interface Table {
  readonly columns: readonly Column[]
  /** By filter, the column that holds the ids. */
  readonly ids: readonly number[]
}

/** Reads one table. */
export function csvFilter(rules: CompiledRules, { delimiter, titles }: CsvShape): ContentReader {
  const known = titles === null ? null : new Set(titles.map(foldField))
  const rows: Container = { separator: '', hasChild: true, mayHaveChild: false, hasWritten: false }
  let pieces: Piece[] = []
  let text = ''
  let table: Table | undefined
  let isAtStart = true

  function line(cells: readonly Cell[], columns: readonly Column[], end: string): string {
    let shown = ''
    let isFirst = true
    for (let index = 0; index < cells.length; index += 1) {
      const hide = columns[index]?.hide
      const cell = cells[index]
      if (hide === 'remove' || cell === undefined) continue
      shown += (isFirst ? '' : delimiter) + cellText(cell, hide ?? null)
      isFirst = false
    }
    return isFirst ? '' : shown + end
  }
  function cellText({ text: value, wasQuoted }: Cell, hide: Column['hide']): string {
    if (hide === null && rules.hidesFields) checkEmbedded(value, rules)
    const shown = hide === null || hide === 'remove' ? value : maskText(value, hide.keepLast)
    return wasQuoted || needsQuotes(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
  }
  /** Signs that are rather part of a title than delimiters, unless what they divide is a title. */
  const hasHiddenPart = (title: string) =>
    RARE_DELIMITERS.test(title) && title.split(RARE_DELIMITERS).some((part) => rules.verdictOn(part).hide !== null)
  const needsQuotes = (value: string) => value.includes(delimiter) || /["\r\n]/.test(value)

  function readTitles(cells: readonly Cell[]): Table {
    const names = cells.map(({ text: title }) => title)
    if (new Set(names).size !== names.length) throw notFilterable('CSV: two columns of one title')
    if (names.some((name) => name.trim() === '')) throw notFilterable('CSV: a column without a title')
    // Of a table with another delimiter than expected, the columns would be found in no title.
    if (names.some((name) => OTHER_DELIMITERS.test(name) || hasHiddenPart(name))) {
      throw notFilterable('CSV: titles with a delimiter in them')
    }
    if (known !== null && names.some((name) => !known.has(foldField(name))))
      throw notFilterable('CSV: an unknown title')
    const verdicts = names.map(rules.verdictOn)
    const ids = rules.filters.map((_, filter) => {
      const columns = verdicts.flatMap(({ idOf }, index) => (idOf.includes(filter) ? [index] : []))
      const [column] = columns
      if (column === undefined || columns.length > 1) throw notFilterable('CSV: not exactly one column of ids')
      return column
    })
    return { columns: verdicts.map(({ hide }) => ({ hide })), ids }
  }

  function takeRow(cells: readonly Cell[], end: string): void {
    if (table === undefined) {
      table = readTitles(cells)
      text += line(cells, table.columns.map(titleOf), end)
      return
    }
    const { columns, ids } = table
    if (cells.length !== columns.length) throw notFilterable('CSV: a row of another length')
    const shown = line(cells, columns, end)
    if (ids.length === 0) {
      text += shown
      return
    }
    const judged = ids.map((column, filter) => {
      const id = cells[column]?.text ?? ''
      if (id === '') throw notFilterable('CSV: a row without an id')
      return { filter, id }
    })
    settle()
    pieces.push({ kind: 'item', container: rows, follows: true, pieces: [shown], judged, tally: undefined })
  }
  function settle(): void {
    if (text !== '') pieces.push(text)
    text = ''
  }
  const reader = csvReader({ delimiter, row: takeRow })

  return {
    feed(part) {
      const isMarked = isAtStart && part.startsWith(BYTE_ORDER_MARK)
      if (isMarked) text += BYTE_ORDER_MARK
      if (part !== '') isAtStart = false
      reader.feed(isMarked ? part.slice(1) : part)
    },
    end() {
      reader.end()
      if (table === undefined) throw notFilterable('CSV: no row of titles')
    },
    take() {
      settle()
      const taken = pieces
      pieces = []
      return taken
    },
    isAllHidden: () => false,
  }
}

/** A title is shown, unless its column is gone. */
function titleOf({ hide }: Column): Column {
  return { hide: hide === 'remove' ? hide : null }
}

const BYTE_ORDER_MARK = '\uFEFF'
/** Control characters among them, but for the ends of lines that a quoted title may have. */
const OTHER_DELIMITERS = /[,;\t|\u0001-\u0008\u000b\u000c\u000e-\u001f]/
const RARE_DELIMITERS = /[:^~!]/
