/** Where in a JSON text the items of filters stand: places are followed from the outside to the inside. */

import { foldField } from './field-names.ts'

/** A place, as far as filters are concerned. Filters are named by their index. */
export interface Place {
  /** Filters for which the value here is an item. */
  readonly itemOf: readonly number[]
  /** Filters for which every value right below is an item. */
  readonly listOf: readonly number[]
  /** Filters for which items may stand here or further below. */
  readonly filters: readonly number[]
  /** Items may stand further below. */
  readonly isOnTheWay: boolean
  /** The place of a member by its folded name, or of an element: null. */
  below(name: string | null): Place
}

/** A place from which no item is reached. */
export const NOWHERE: Place = { itemOf: [], listOf: [], filters: [], isOnTheWay: false, below: () => NOWHERE }

/** The place of the whole text. `paths` are the places of each filter, as in `ItemFilter`. */
export function rootPlace(paths: readonly (readonly string[])[]): Place {
  return placeOf(
    paths.flatMap((each, filter) => each.map((path) => ({ filter, rest: path.split('/').slice(1).map(segment) }))),
  )
}

/** The place of a list that is the whole text: all that stands in it are items of each of so many filters. */
export function listPlace(filters: number): Place {
  if (filters === 0) return NOWHERE
  const all = Array.from({ length: filters }, (_, filter) => filter)
  const item: Place = { itemOf: all, listOf: [], filters: all, isOnTheWay: false, below: () => NOWHERE }
  return { itemOf: [], listOf: all, filters: all, isOnTheWay: true, below: () => item }
}

interface Way {
  readonly filter: number
  /** Folded names, or null for any. */
  readonly rest: readonly (string | null)[]
}

/** RFC 6901 §4. */
function segment(text: string): string | null {
  return text === '*' ? null : foldField(text.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function placeOf(ways: readonly Way[]): Place {
  if (ways.length === 0) return NOWHERE
  const onward = ways.filter(({ rest }) => rest.length > 0)
  const taking = (name: string | null): Place =>
    placeOf(
      onward.flatMap(({ filter, rest: [first, ...rest] }) =>
        first === null || first === name ? [{ filter, rest }] : [],
      ),
    )
  const names = new Set(onward.flatMap(({ rest: [first] }) => (typeof first === 'string' ? [first] : [])))
  const byName = new Map([...names].map((name) => [name, taking(name)]))
  const other = taking(null)
  return {
    itemOf: filtersOf(ways.filter(({ rest }) => rest.length === 0)),
    listOf: filtersOf(onward.filter(({ rest }) => rest.length === 1 && rest[0] === null)),
    filters: filtersOf(ways),
    isOnTheWay: onward.length > 0,
    below: (name) => (name === null ? undefined : byName.get(name)) ?? other,
  }
}

function filtersOf(ways: readonly Way[]): readonly number[] {
  return [...new Set(ways.map(({ filter }) => filter))]
}
