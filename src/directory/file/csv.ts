/** Operators from a CSV file: text → the content of a directory file, with the line of each row. */

import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'

import { failed, ok, type Result } from '../../core/result.ts'
import { type FilePath, type FileProblem, pathText } from './problems.ts'
import { checkContent, type ReadFile } from './read.ts'

const LARGEST_FILE_BYTES = 64 * 1024 * 1024
const COLUMNS = ['account', 'provider', 'displayName', 'email', 'enabled', 'roles', 'groups']

/** Between the roles or the groups of one cell. Role names have neither; a group whose name has one needs a directory file. */
const LIST = /[|;]/

/** What the parser gives with `info`. */
const Rows = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }))

type Cells = Readonly<Record<string, string>>

/**
 * Reads a table whose first row names the columns: `account`, and any of provider, displayName, email, enabled (`true`,
 * `false`), roles (`role` or `role@service`, `|` or `;` between them) and groups (paths, likewise). Cells are separated by
 * commas, or by semicolons where the first row has no comma. An empty cell says nothing. On failure one line a problem.
 */
export function readOperatorsCsv(text: string, file: string): Result<ReadFile, readonly string[]> {
  if (Buffer.byteLength(text) > LARGEST_FILE_BYTES) return failed([`${file}: is larger than 64 MiB`])
  const rows = readRows(text, file)
  if (!rows.ok) return rows
  const [head, ...body] = rows.value
  const columns = head?.cells ?? []
  const unknown = columns.filter((name, index) => !COLUMNS.includes(name) || columns.indexOf(name) < index)
  if (!columns.includes('account') || unknown.length > 0) {
    const wrong = unknown.length === 0 ? '' : ` (${unknown.join(', ')})`
    return failed([
      `${file}:1: the first row must name the columns account and any of ${COLUMNS.slice(1).join(', ')}, each once${wrong}`,
    ])
  }
  const problems = body.flatMap(({ cells, line }) =>
    cells.length === columns.length
      ? []
      : [`${file}:${line}: has ${cells.length} cells; the first row has ${columns.length}`],
  )
  const operators = body.map(({ cells }) =>
    entryOf(Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? '']))),
  )
  const lineOf = (path: FilePath): number => body[Number(path[1])]?.line ?? 1
  const checked = checkContent({ operators })
  const explain = ({ path, message }: FileProblem): string =>
    `${file}:${lineOf(path)}: ${pathText(path.slice(2))}: ${message}`
  if (!checked.ok) problems.push(...checked.error.map(explain))
  if (!checked.ok || problems.length > 0) return failed(problems)
  return ok({ content: checked.value, explain })
}

interface Row {
  readonly cells: readonly string[]
  readonly line: number
}

function readRows(text: string, file: string): Result<readonly Row[], readonly string[]> {
  const [first = ''] = text.split(/\r?\n/, 1)
  const delimiter = first.includes(',') || !first.includes(';') ? ',' : ';'
  try {
    const rows = Rows.parse(
      parse(text, {
        bom: true,
        delimiter,
        info: true,
        relax_column_count: true,
        skip_empty_lines: true,
        max_record_size: 100_000,
      }),
    )
    // `lines` counts to the end of the row: a quoted cell may hold line breaks of its own.
    return ok(
      rows.map(({ record, info }) => ({
        cells: record.map((cell) => cell.trim()),
        line: info.lines - breaksIn(record),
      })),
    )
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return failed([`${file}:${String(error['lines'] ?? 1)}: is not valid CSV: ${error.message}`])
  }
}

function breaksIn(cells: readonly string[]): number {
  return cells.join('').split('\n').length - 1
}

/** Empty cells say nothing; what cannot be understood is left as it is, for the check to refuse. */
function entryOf(cells: Cells): Readonly<Record<string, unknown>> {
  const said = Object.entries(cells).filter(([name, cell]) => cell !== '' || name === 'account')
  return Object.fromEntries(said.map(([name, cell]) => [name, cellValue(name, cell)]))
}

function cellValue(name: string, cell: string): unknown {
  if (name === 'enabled') return cell === 'true' ? true : cell === 'false' ? false : cell
  if (name === 'roles') return listOf(cell).map(roleOf)
  return name === 'groups' ? listOf(cell) : cell
}

function listOf(cell: string): readonly string[] {
  return cell
    .split(LIST)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function roleOf(text: string): unknown {
  const at = text.indexOf('@')
  return at < 0 ? text : { role: text.slice(0, at), service: text.slice(at + 1) }
}
