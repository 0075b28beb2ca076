/** What the obligations of a decision mean for the content of the answer. */

import { decide } from '../../authz/decide.ts'
import type { ObjectFacts, Snapshot, Subject } from '../../authz/model.ts'
import { AppError } from '../../core/errors.ts'
import type { Profile, ResponseShape } from '../../profiles/profile.ts'
import { type ContentRules, type FieldNames, type ItemFilter, NO_RULES } from '../content/rules.ts'
import type { Judgement, ObjectFactsReader } from './judge.ts'

export interface ContentRulesParts {
  readonly snapshot: () => Snapshot
  readonly objects: ObjectFactsReader
  /** By id of the service. */
  readonly profileOf: (service: string) => Profile | undefined
}

/** The rules for the answer to what somebody, or everybody, is allowed; undefined when it may pass as it is. */
export type ContentRulesOf = (
  service: string,
  subject: Subject | null,
  judgement: Judgement,
) => ContentRules | undefined

const NO_SHAPE: ResponseShape = {
  format: 'any',
  items: [],
  ids: new Map(),
  everywhere: false,
  totals: [],
  lastLinks: [],
  parameterFields: new Map(),
  searchParameters: [],
  csv: NO_RULES.csv,
}

/** Translates obligations with the names and places that the profile gives. */
export function contentRules(parts: ContentRulesParts): ContentRulesOf {
  return (service, subject, { candidate, decision: { obligations } }) => {
    if (obligations.length === 0) return undefined
    const profile = parts.profileOf(service)
    // Without the names of fields nothing could be hidden.
    if (profile === undefined) throw new AppError('INTERNAL', `no profile of ${service}`)
    const namesOf = (field: string): FieldNames => [field, ...(profile.fields.get(field) ?? [])]
    const shape = candidate?.operation.response ?? NO_SHAPE
    const filterOf = (type: string): ItemFilter => ({
      places: shape.items,
      id: namesOf(shape.ids.get(type) ?? type),
      everywhere: shape.everywhere,
      visible: (ids) => visibleOnes(parts, { service, subject, operation: candidate?.operation.name ?? '', type }, ids),
    })
    return {
      ...NO_RULES,
      format: shape.format,
      masks: obligations.flatMap((each) =>
        each.kind === 'mask' ? [{ names: namesOf(each.field), keepLast: each.keepLast }] : [],
      ),
      removals: obligations.flatMap((each) => (each.kind === 'removeField' ? [namesOf(each.field)] : [])),
      filters: obligations.flatMap((each) => (each.kind === 'filterItems' ? [filterOf(each.type)] : [])),
      totals: shape.totals,
      lastLinks: shape.lastLinks,
      csv: shape.csv,
      parameters: [
        ...[...shape.parameterFields].map(([name, field]) => ({ name, by: namesOf(field) })),
        ...shape.searchParameters.map((name) => ({ name, by: 'all' as const })),
      ],
    }
  }
}

interface Viewer {
  readonly service: string
  readonly subject: Subject | null
  readonly operation: string
  readonly type: string
}

/** Those of `ids` that the viewer's own operation would show him one by one. */
async function visibleOnes(
  { snapshot, objects }: ContentRulesParts,
  { service, subject, operation, type }: Viewer,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const facts = await objects.load(
    service,
    ids.map((id) => ({ type, id })),
  )
  const current = snapshot()
  const shows = (object: ObjectFacts) =>
    decide(current, subject, { service, name: operation }, object).effect !== 'deny'
  return new Set(facts.filter(shows).map(({ id }) => id))
}
