/** Rows of a demo service: invented data that lives in memory until the demo stops. */

export type Cell = string | number | boolean | null | readonly string[]
export type Row = Readonly<Record<string, Cell>>

export interface Table {
  /** Name of the column that identifies a row. */
  readonly key: string
  rows(): readonly Row[]
  find(id: string): Row | undefined
  add(row: Row): void
  /** The row with `fields` laid over it; undefined when there is none. */
  change(id: string, fields: Row): Row | undefined
  /** Whether there was such a row. */
  remove(id: string): boolean
  /** An id that no row of this table has had: `prefix` and a number. */
  newId(prefix: string): string
}

/** A table that begins with `rows`; `key` names the column that identifies a row, compared as text. */
export function table(key: string, rows: readonly Row[]): Table {
  const byId = new Map(rows.map((row) => [String(row[key]), row]))
  let last = 1000
  return {
    key,
    rows: () => [...byId.values()],
    find: (id) => byId.get(id),
    add(row) {
      byId.set(String(row[key]), row)
    },
    change(id, fields) {
      const old = byId.get(id)
      if (old === undefined) return undefined
      const changed = { ...old, ...fields }
      byId.set(id, changed)
      return changed
    },
    remove: (id) => byId.delete(id),
    newId(prefix) {
      last += 1
      return `${prefix}${last}`
    },
  }
}
