/**
 * What has to be done to the content of an answer, and what must not be asked for: plain data, independent of how somebody
 * came to decide it. Names of fields, columns and parameters are compared folded (`field-names.ts`), wherever they stand.
 */

/** Everything that one field is called: JSON names, CSV titles, aliases. */
export type FieldNames = readonly string[]

export interface FieldMask {
  readonly names: FieldNames
  /** How many characters at the end of a text stay readable. */
  readonly keepLast: number
}

export interface ItemFilter {
  /**
   * Where items stand in JSON, as JSON pointers in which `*` is any member or element: `/devices/*`, `/*`, or the empty one
   * for the whole. An answer without one of these places is refused, and so is an item whose id is not told. May
   * be empty with `everywhere`. In NDJSON each line is an item, in CSV each row.
   */
  readonly places: readonly string[]
  /** Names of the member or column that holds an item's id. Empty: the items are ids themselves. */
  readonly id: FieldNames
  /** Whether an object at any other place that has an id of that name is an item, too. */
  readonly everywhere: boolean
  /** Those of `ids` that the caller may see. Asked once per batch of a list, with each id once. */
  readonly visible: (ids: readonly string[]) => ReadonlySet<string> | Promise<ReadonlySet<string>>
}

/** A query parameter that filters, sorts or searches by a field of another name; `all` searches in every field. */
export interface FieldParameter {
  readonly name: string
  readonly by: FieldNames | 'all'
}

export interface CsvShape {
  readonly delimiter: ',' | ';' | '\t' | '|'
  /** Every title that may stand in the header row; null: any. With it, a table without a header row is found out. */
  readonly titles: readonly string[] | null
}

export interface ContentRules {
  /** The only format that is taken. */
  readonly format: 'json' | 'ndjson' | 'csv' | 'any'
  readonly masks: readonly FieldMask[]
  readonly removals: readonly FieldNames[]
  /** An item must be visible to all filters that know it. */
  readonly filters: readonly ItemFilter[]
  /** Members that count the items of a whole list, besides the usual ones. */
  readonly totals: readonly string[]
  /** Members that lead to the last page of a list, besides the usual ones. */
  readonly lastLinks: readonly string[]
  readonly csv: CsvShape
  readonly parameters: readonly FieldParameter[]
}

/** Rules that ask for nothing, to build others from. */
export const NO_RULES: ContentRules = {
  format: 'any',
  masks: [],
  removals: [],
  filters: [],
  totals: [],
  lastLinks: [],
  csv: { delimiter: ',', titles: null },
  parameters: [],
}
