/** Rules made ready for reading content: what to do about a name, found once per name. */

import { foldField } from './field-names.ts'
import { type Place, rootPlace } from './places.ts'
import type { ContentRules, ItemFilter } from './rules.ts'
import { detached } from './utf8.ts'

/** What the rules say about a member or a column by its name. */
export interface NameVerdict {
  readonly folded: string
  /** As a member's name in JSON, with its colon. */
  readonly json: string
  /** Nothing of all that follows. */
  readonly isPlain: boolean
  /** null: shown as it is. */
  readonly hide: 'remove' | { readonly keepLast: number } | null
  /** Filters, by index, to which the value is an item's id. */
  readonly idOf: readonly number[]
  /** Counts a whole list, or leads to its end: wherever it stands (`named`), or unless it belongs to an item (`usual`). */
  readonly total: 'named' | 'usual' | null
  readonly lastLink: 'named' | 'usual' | null
  /** Says what a link leads to. */
  readonly isRelation: boolean
}

export interface CompiledRules {
  readonly filters: readonly ItemFilter[]
  readonly root: Place
  /** Whether there is any field that is masked or removed. */
  readonly hidesFields: boolean
  verdictOn(name: string): NameVerdict
}

/** The rules of one answer. */
export function compileRules(rules: ContentRules): CompiledRules {
  const judge = judgeOf(rules)
  const known = new Map<string, NameVerdict>()
  return {
    filters: rules.filters,
    hidesFields: rules.masks.length + rules.removals.length > 0,
    root: rootPlace(rules.filters.map(({ places }) => places)),
    verdictOn(name) {
      const before = known.get(name)
      if (before !== undefined) return before
      if (known.size >= MOST_NAMES || name.length > LONG_NAME) return judge(name)
      const kept = detached(name)
      const verdict = judge(kept)
      known.set(kept, verdict)
      return verdict
    },
  }
}

/** What is remembered of one answer's names. */
const MOST_NAMES = 1000
const LONG_NAME = 200

function judgeOf(rules: ContentRules): (name: string) => NameVerdict {
  const removed = folded(rules.removals.flat())
  const masks = maskedFields(rules)
  const ids = rules.filters.map(({ id }) => folded(id))
  const hidesItems = rules.filters.length > 0
  const totals = folded(rules.totals)
  const lastLinks = folded(rules.lastLinks)
  const kind = (named: ReadonlySet<string>, usual: ReadonlySet<string>, name: string) => {
    if (!hidesItems) return null
    if (named.has(name)) return 'named'
    return usual.has(name) ? 'usual' : null
  }
  return (original) => {
    const name = foldField(original)
    const keepLast = masks.get(name)
    const mask = keepLast === undefined ? null : { keepLast }
    const facts = {
      hide: removed.has(name) ? 'remove' : mask,
      idOf: ids.flatMap((names, filter) => (names.has(name) ? [filter] : [])),
      total: kind(totals, USUAL_TOTALS, name),
      lastLink: kind(lastLinks, USUAL_LAST_LINKS, name),
      isRelation: hidesItems && name === 'REL',
    } as const
    const isPlain = !facts.hide && facts.idOf.length === 0 && !facts.total && !facts.lastLink && !facts.isRelation
    return { folded: name, json: `${JSON.stringify(original)}:`, isPlain, ...facts }
  }
}

/** Of several masks on one field the strictest. */
function maskedFields({ masks }: ContentRules): ReadonlyMap<string, number> {
  const fields = new Map<string, number>()
  for (const { names, keepLast } of masks) {
    for (const name of folded(names)) fields.set(name, Math.min(keepLast, fields.get(name) ?? keepLast))
  }
  return fields
}

function folded(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(foldField))
}

/** What lists call the number of all their items or pages, folded; OData, Spring, DataTables, HAL, JSON:API and their like. */
const USUAL_TOTALS: ReadonlySet<string> = new Set([
  'TOTAL',
  'TOTALS',
  'TOTALCOUNT',
  'TOTALELEMENTS',
  'TOTALHITS',
  'TOTALITEMS',
  'TOTALNUMBER',
  'TOTALPAGES',
  'TOTALRECORDS',
  'TOTALRESULTS',
  'TOTALROWS',
  'TOTALSIZE',
  'COUNT',
  'ITEMCOUNT',
  'RECORDCOUNT',
  'RESULTCOUNT',
  'ROWCOUNT',
  'PAGECOUNT',
  'PAGES',
  'NUMFOUND',
  'NUMBEROFELEMENTS',
  'NUMBEROFPAGES',
  'ODATACOUNT',
  'RECORDSTOTAL',
  'RECORDSFILTERED',
  'SIZE',
  'LENGTH',
])

const USUAL_LAST_LINKS: ReadonlySet<string> = new Set([
  'LAST',
  'LASTHREF',
  'LASTLINK',
  'LASTPAGE',
  'LASTPAGELINK',
  'LASTPAGENUMBER',
  'LASTPAGEURL',
  'LASTURL',
])
