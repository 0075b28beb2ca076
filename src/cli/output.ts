/** What a command prints: results on standard output, everything else on standard error. */

import Table from 'cli-table3'

export type Format = 'table' | 'json'

export interface Output {
  /** A result: rows for a reader, or `value` as JSON for a program. */
  result(value: unknown, table: () => string): void
  /** A line for the reader that is no result. */
  note(line: string): void
}

/** `format` undefined: a table on a terminal, else JSON. */
export function output(format: Format | undefined): Output {
  const json = (format ?? (process.stdout.isTTY ? 'table' : 'json')) === 'json'
  return {
    result: (value, table) => process.stdout.write(`${json ? jsonText(value) : table()}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
  }
}

const PLAIN = {
  ...Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
      .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
      .map((edge) => [edge, '']),
  ),
  middle: '  ',
}

/** Columns of text; control characters are escaped, so that no value can move the cursor. */
export function textTable(head: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const table = new Table({
    head: [...head],
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) table.push(row.map((cell) => printable(cell ?? '–')))
  return table.toString()
}

/** Control and direction characters as `\u00xx`. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f]/g, escaped).replace(UNPRINTABLE, escaped)
}

/** What `JSON.stringify` leaves as it is, but a terminal acts upon: C1 controls, and marks that turn the direction of text. */
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNPRINTABLE, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
