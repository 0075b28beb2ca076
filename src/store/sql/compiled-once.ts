/** Statements of the road of a sign-in, built and compiled once: that costs more than SQLite needs to run them. */

import type { Compilable, CompiledQuery, DialectAdapter, Kysely, QueryResult } from 'kysely'

import type { Tables } from './schema.ts'

/** Stands in a statement for the value of that name. */
interface Slot {
  readonly slot: string
}

/**
 * A function that runs the statement of `build` with the values given. `build` is called once for each dialect, with slots
 * in place of the values, so it may put them into the statement and do nothing else with them.
 */
export function compiledOnce<Values extends object, Row>(
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
): (db: Kysely<Tables>, values: Values) => Promise<QueryResult<Row>> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>()
  return (db, values) => {
    const { adapter } = db.getExecutor()
    const query = compiled.get(adapter) ?? build(db, slots<Values>()).compile()
    compiled.set(adapter, query)
    const parameters = query.parameters.map((each) => (isSlot(each) ? Reflect.get(values, each.slot) : each))
    return db.executeQuery<Row>({ ...query, parameters })
  }
}

function slots<Values extends object>(): Values {
  return new Proxy({}, { get: (_, name): Slot => ({ slot: String(name) }) }) as Values
}

function isSlot(parameter: unknown): parameter is Slot {
  return typeof parameter === 'object' && parameter !== null && 'slot' in parameter
}
