/** How a check table is shown to a reader: the rows, then what the failed one says and where to mend it. */

import type { TraceRow } from '../store/ports.ts'
import { textTable } from './output.ts'

/** The table, and below it expected, received and the hint of the row that failed, if any. */
export function checkTable(rows: readonly TraceRow[]): string {
  const table = textTable(
    ['CHECK', 'OUTCOME'],
    rows.map(({ check, outcome }) => [check, outcome]),
  )
  const failed = rows.find(({ outcome }) => outcome === 'failed')
  return failed === undefined ? table : `${table}\n\n${failureTable(failed)}`
}

function failureTable({ check, code, expected, received, hint }: TraceRow): string {
  const [general = '', ...places] = (hint ?? '').split('\n')
  const facts = [
    ['Failed', check],
    ['Code', code ?? null],
    ['Expected', expected ?? null],
    ['Received', received ?? null],
    ['Where to mend it', general],
    ...places.map((place) => place.split(/: (.*)/s).slice(0, 2)),
  ]
  return textTable(['THE FAILED CHECK', ''], facts)
}
