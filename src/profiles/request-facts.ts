/** What a request says beyond its path: which of the fitting routes it is, and which objects it is about. */

import type { Candidate } from './operation-table.ts'
import type {
  ObjectChange,
  ObjectSelector,
  Operation,
  RequestCondition,
  SettingCondition,
  SettingValue,
  ValueSource,
} from './profile.ts'

/** A request as routes and selectors see it. */
export interface RequestFacts {
  /** Decoded; each name once, as `foldCase` has it: whoever makes no difference of case must not be told of another object. */
  readonly query: ReadonlyMap<string, string>
  /** The JSON value; undefined without a body, or where nobody has read it. */
  readonly body: unknown
}

export interface ObjectReference {
  readonly type: string
  readonly id: string
}

/** The objects of one selector. */
export interface Selected {
  readonly selector: ObjectSelector
  readonly objects: readonly ObjectReference[]
  /** Whether access to them is asked about; else they are only what the operation changes. */
  readonly isJudged: boolean
}

/** Values of a service's settings by name, the profile's defaults among them. */
export type Settings = ReadonlyMap<string, SettingValue>

/** An id that is longer is none. */
const LONGEST_ID = 256
const NO_ID = /\p{Cc}|^\s|\s$/u
/** So many objects in one request; more cannot be determined. */
const MOST_OBJECTS = 10_000

export function holds(condition: SettingCondition | null, settings: Settings): boolean {
  return condition === null || settings.get(condition.setting) === condition.is
}

/** The first candidate whose conditions hold, or undefined. */
export function chosen(candidates: readonly Candidate[], facts: RequestFacts): Candidate | undefined {
  return candidates.find(({ route }) => route.conditions.every((condition) => meets(condition, facts)))
}

/** Whether somebody must read the query or the body before the operation and its objects are known. */
export function sourcesNeeded(candidates: readonly Candidate[], settings: Settings): { query: boolean; body: boolean } {
  const places = placesRead(candidates, settings).map((place) => place.in)
  const asksByField = candidates.some(
    ({ operation: { response } }) =>
      response !== null && response.searchParameters.length + response.parameterFields.size > 0,
  )
  return { query: asksByField || places.includes('query'), body: places.includes('body') }
}

/** JSON pointers to all that is read of a body, each once. */
export function bodyPlaces(candidates: readonly Candidate[], settings: Settings): readonly string[] {
  return [...new Set(placesRead(candidates, settings).flatMap(({ in: place, at }) => (place === 'body' ? [at] : [])))]
}

function placesRead(candidates: readonly Candidate[], settings: Settings): readonly Pick<ValueSource, 'in' | 'at'>[] {
  return candidates.flatMap(({ operation, route }) => [
    ...route.conditions.flatMap(conditionPlaces),
    ...neededSelectors(operation, settings).flatMap(({ from }) => from),
    ...productPlaces(operation),
    ...operation.changes.flatMap(changePlaces),
    ...givingPlaces(operation),
  ])
}

function conditionPlaces({ in: place, at, test, values }: RequestCondition): readonly Pick<ValueSource, 'in' | 'at'>[] {
  if (test !== 'key') return [{ in: place, at }]
  return values.map((key) => ({ in: place, at: `${at}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}` }))
}

function givingPlaces({ gives }: Operation): readonly ValueSource[] {
  if (gives === null) return []
  return gives.kind === 'role' ? [gives.role] : [gives.rights, gives.group, ...(gives.products ? [gives.products] : [])]
}

function changePlaces(change: ObjectChange): readonly ValueSource[] {
  if (change.kind === 'move') return [change.owner]
  if (change.kind === 'list') return [change.entries]
  if (change.kind !== 'create') return []
  return typeof change.owner === 'string' ? [change.id] : [change.id, change.owner.owner]
}

/** The selectors that count under these settings, and those whose objects the operation changes, whatever the settings. */
function neededSelectors({ objects, changes }: Operation, settings: Settings): readonly ObjectSelector[] {
  const changed = new Set(changes.flatMap(changedSelectors))
  return objects.filter(({ when }, place) => holds(when, settings) || changed.has(place))
}

function changedSelectors(change: ObjectChange): readonly number[] {
  if (change.kind === 'create') return []
  return change.kind === 'parents' ? [change.selector, change.parents] : [change.selector]
}

/**
 * The objects that a request names, selector by selector: those of all places where one can stand, so that nobody is told of
 * one object and another acted upon. Undefined when a place holds anything but ids, or too many, or a required selector
 * finds none: the objects cannot be determined.
 */
export function selectedObjects(
  { operation, parameters }: Candidate,
  facts: RequestFacts,
  settings: Settings,
): readonly Selected[] | undefined {
  const all: Selected[] = []
  for (const selector of neededSelectors(operation, settings)) {
    const ids = selector.from.map((source) => idsAt(source, parameters, facts))
    if (ids.some((each) => each === undefined)) return undefined
    const objects = [...new Set(ids.flatMap((each) => each ?? []))].map((id) => ({ type: selector.type, id }))
    if ((selector.required && objects.length === 0) || objects.length > MOST_OBJECTS) return undefined
    all.push({ selector, objects, isJudged: holds(selector.when, settings) })
  }
  return all
}

/**
 * The products that a request names for the rights that are for some products alone; empty when it names none, or
 * anything but products.
 */
export function namedProducts({ operation, parameters }: Candidate, facts: RequestFacts): readonly string[] {
  const [place] = productPlaces(operation)
  return place === undefined ? [] : (idsAt(place, parameters, facts) ?? [])
}

/** Where the operation's ways of reach look for products: one place, as the profile's check has it. */
function productPlaces({ objects }: Operation): readonly ValueSource[] {
  return objects.flatMap(({ reach }) => reach.flatMap((way) => (typeof way === 'string' ? [] : (way.products ?? []))))
}

/** The texts at a place of the request; empty when there is nothing, undefined when there is anything but short texts and whole numbers. */
export function idsAt(
  source: ValueSource,
  parameters: ReadonlyMap<string, string>,
  { query, body }: RequestFacts,
): readonly string[] | undefined {
  if (source.in === 'body') return textsOf(valuesAt(body, source.at))
  const text = source.in === 'path' ? parameters.get(source.at) : query.get(foldCase(source.at))
  return text === undefined ? [] : textsOf([text])
}

/** The ids that values stand for, or undefined when one is none. */
export function textsOf(values: readonly unknown[]): readonly string[] | undefined {
  const texts = values.map(idOf)
  return texts.every((text) => text !== undefined) ? texts : undefined
}

/**
 * The id that a value stands for: a whole number, or a short text without control characters and without blanks around it,
 * which some readers cut off.
 */
export function idOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  const isId = typeof text === 'string' && text.length > 0 && text.length <= LONGEST_ID && !NO_ID.test(text)
  return isId ? text : undefined
}

/**
 * The values that a JSON pointer leads to; `*` goes into every element of an array and every value of an object, `**` into
 * everything below and the value itself. A value that is not there is left out, but for `null`, which is there.
 */
export function valuesAt(value: unknown, pointer: string): readonly unknown[] {
  const steps = pointer.split('/').slice(1)
  return steps.reduce<readonly unknown[]>(
    (values, step) => values.flatMap((each) => below(each, step.replaceAll('~1', '/').replaceAll('~0', '~'))),
    value === undefined ? [] : [value],
  )
}

/**
 * Whether on the way of a pointer stands a name that is one of its own but for its case: who makes no difference of case reads
 * it there, and nobody else does.
 */
export function hasOtherSpelling(value: unknown, pointer: string): boolean {
  const steps = pointer.split('/').slice(1)
  return steps.some((step, index) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (name === '*' || name === '**') return false
    const folded = foldCase(name)
    const around = valuesAt(value, ['', ...steps.slice(0, index)].join('/'))
    return around.some(
      (each) => isObject(each) && Object.keys(each).some((key) => key !== name && foldCase(key) === folded),
    )
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A name as whoever makes no difference of case has it, long s and Kelvin sign too. */
export function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** Whether a pointer leads to the elements of lists, or into them: each of them can be left out alone. */
export function isListPlace(pointer: string): boolean {
  const steps = pointer.split('/')
  return steps.includes('*') && !steps.includes('**')
}

function below(value: unknown, step: string): readonly unknown[] {
  if (step === '**') return withAllBelow(value)
  if (typeof value !== 'object' || value === null) return []
  if (step === '*') return Object.values(value)
  if (Array.isArray(value))
    return /^(?:0|[1-9]\d*)$/.test(step) && Number(step) < value.length ? [value[Number(step)]] : []
  return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : []
}

function withAllBelow(value: unknown): readonly unknown[] {
  const all = [value]
  for (const each of all) {
    if (typeof each !== 'object' || each === null) continue
    for (const next of Object.values(each)) all.push(next)
  }
  return all
}

function meets({ in: place, at, test, values }: RequestCondition, { query, body }: RequestFacts): boolean {
  const found = place === 'query' ? queryValues(query, at) : valuesAt(body, at)
  if (test === 'present') return found.length > 0
  if (test === 'is') return found.some((each) => values.some((value) => value === each))
  if (test === 'contains') return found.some((each) => values.some((value) => contains(each, String(value))))
  return found.some(
    (each) => typeof each === 'object' && each !== null && values.some((key) => Object.hasOwn(each, String(key))),
  )
}

function contains(text: unknown, part: string): boolean {
  return typeof text === 'string' && text.toLowerCase().includes(part.toLowerCase())
}

function queryValues(query: ReadonlyMap<string, string>, name: string): readonly string[] {
  const value = query.get(foldCase(name))
  return value === undefined ? [] : [value]
}

/** The settings of a service: its own values over the defaults of its profile. Values that the profile does not declare are left out. */
export function settingsOf(
  declared: ReadonlyMap<string, { readonly default: SettingValue }>,
  given: Readonly<Record<string, unknown>>,
): Settings {
  return new Map(
    [...declared].map(([name, spec]): [string, SettingValue] => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined
      return [name, isSettingValue(value) ? value : spec.default]
    }),
  )
}

function isSettingValue(value: unknown): value is SettingValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
