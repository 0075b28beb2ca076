/**
 * Bulk calls that are judged item by item (G-12, C-19): what may not be done is left out of the request, and the rest runs.
 * Only elements of lists in the body can be left out; where a refused object stands anywhere else, the request is refused
 * as a whole.
 */

import type { Decision } from '../../authz/model.ts'
import type { ObjectReference, Settings } from '../../profiles/request-facts.ts'
import { isListPlace, selectedObjects } from '../../profiles/request-facts.ts'
import { type Elements, withoutElements } from './json-elements.ts'
import type { JudgedItem, Judgement } from './judge.ts'
import { type JsonBody, jsonValue } from './request-json.ts'

/** The part of a request that may run. */
export interface AllowedPart {
  readonly judgement: Judgement
  readonly body: JsonBody
  /** What the batch consists of, in its order: those that are forwarded and those that are not. */
  readonly items: readonly JudgedItem[]
}

/** The request without the items that are refused; undefined when that cannot be, or nothing would be left. */
export function allowedPart(judgement: Judgement, body: JsonBody, settings: Settings): AllowedPart | undefined {
  const { candidate, facts, items } = judgement
  const refused = items.filter(({ decision }) => decision.effect !== 'allow')
  const allowed = items.filter(({ decision }) => decision.effect === 'allow')
  if (candidate === null || refused.length === 0 || allowed.length === 0) return undefined
  const bytes = Buffer.from(withoutElements(body.bytes.toString('utf8'), elementsOf(refused)))
  const value = jsonValue(bytes)
  const selected = selectedObjects(candidate, { ...facts, body: value }, settings)
  const judged = selected?.filter(({ isJudged }) => isJudged) ?? []
  const left = judged.flatMap(({ selector, objects }) => objects.map((object) => keyOf(selector.type, object)))
  const wanted = allowed.map(({ selector, object }) => keyOf(selector.type, object))
  const emptied = refused.some(({ selector }) => !allowed.some((each) => each.selector === selector))
  if (selected === undefined || emptied || !isSame(left, wanted)) return undefined
  const decision = together(allowed.map((each) => each.decision))
  if (decision === undefined) return undefined
  return {
    judgement: { ...judgement, decision, selected, facts: { ...facts, body: value } },
    body: { bytes, value },
    items: items.filter((each) => refused.some(({ selector }) => selector === each.selector)),
  }
}

/**
 * Of several decisions the one that hides, else the one that refuses; of several that allow, one with the obligations of all.
 * Undefined of none.
 */
export function together(decisions: readonly Decision[]): Decision | undefined {
  const refused =
    decisions.find(({ hidden }) => hidden) ??
    decisions.find(({ effect }) => effect === 'deny') ??
    decisions.find(({ effect }) => effect === 'disable')
  const [first, ...others] = decisions
  if (refused !== undefined || first === undefined || others.length === 0) return refused ?? first
  const obligations = new Map(decisions.flatMap((each) => each.obligations.map((one) => [JSON.stringify(one), one])))
  return { ...first, obligations: [...obligations.values()] }
}

/** Whether the caller wants all or nothing (RFC 7240 §4.4). */
export function wantsWhole(prefer: string | string[] | undefined): boolean {
  return /(?:^|,)\s*handling\s*=\s*"?strict"?\s*(?:[,;]|$)/i.test(String(prefer ?? ''))
}

function elementsOf(refused: readonly JudgedItem[]): readonly Elements[] {
  return [...Map.groupBy(refused, ({ selector }) => selector)].flatMap(([selector, items]) => {
    const ids = new Set(items.map(({ object }) => object.id))
    return selector.from.flatMap(({ in: place, at }) =>
      place === 'body' && isListPlace(at) ? [{ pointer: at, ids }] : [],
    )
  })
}

function keyOf(type: string, { id }: ObjectReference): string {
  return JSON.stringify([type, id])
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const set = new Set(others)
  return some.length === others.length && some.every((each) => set.has(each))
}
