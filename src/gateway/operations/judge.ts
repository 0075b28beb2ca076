/** The decision on a request: its operation and each object that it is about. */

import { decide, denied } from '../../authz/decide.ts'
import type { Decision, ObjectFacts, Snapshot, Subject } from '../../authz/model.ts'
import type { Candidate } from '../../profiles/operation-table.ts'
import type { ObjectSelector, Operation } from '../../profiles/profile.ts'
import {
  chosen,
  namedProducts,
  type ObjectReference,
  type RequestFacts,
  type Selected,
  selectedObjects,
} from '../../profiles/request-facts.ts'
import { together } from './bulk.ts'
import type { Asked } from './service-operations.ts'

export interface Judgement {
  /** On the whole: of several objects that of one which is refused, if any. */
  readonly decision: Decision
  /** Null: the request is no listed operation. */
  readonly candidate: Candidate | null
  readonly selected: readonly Selected[]
  readonly facts: RequestFacts
  /** The objects one by one, where the operation is judged so and some of them are refused; else empty. */
  readonly items: readonly JudgedItem[]
  /** Whether a change of one of the objects is under way or in doubt. */
  readonly hasPending: boolean
}

/** One object of a request, and what was decided about it. */
export interface JudgedItem {
  readonly selector: ObjectSelector
  readonly object: ObjectReference
  readonly decision: Decision
}

const NO_ITEMS: readonly JudgedItem[] = Object.freeze([])

/** Facts about the objects, in the order of `references`; of one that is not stored, that nobody owns or lists it. */
export interface ObjectFactsReader {
  load(
    service: string,
    references: readonly ObjectReference[],
  ): readonly AskedObject[] | Promise<readonly AskedObject[]>
}

/** Facts about an object, and of a stored one whether a change of it is under way or in doubt. */
export interface AskedObject extends ObjectFacts {
  readonly pending?: object | null
}

/** No operation has this name: what is not listed is asked about under it. */
const UNLISTED = ''

export interface JudgeParts {
  readonly snapshot: () => Snapshot
  readonly objects: ObjectFactsReader
}

export interface Judge {
  /**
   * Whether the request is open to everybody: its judgement if it is, else undefined. Only what is known without reading a
   * body counts.
   */
  open(service: string, asked: Asked, query: ReadonlyMap<string, string>): Judgement | undefined
  /** The decision for somebody; at once when all facts are at hand. Rejects with STORE_UNAVAILABLE. */
  judge(subject: Subject, service: string, asked: Asked, facts: RequestFacts): Judgement | Promise<Judgement>
}

/** A judge who asks the snapshot in force. */
export function judge({ snapshot, objects }: JudgeParts): Judge {
  function inPrinciple(subject: Subject | null, service: string, asked: Asked, facts: RequestFacts): Judgement {
    const candidate = chosen(asked.candidates, facts) ?? null
    const name = candidate?.operation.name ?? UNLISTED
    const decision = decide(snapshot(), subject, { service, name, anyOfRoles: asked.anyOfRoles })
    return { decision, candidate, selected: [], facts, items: NO_ITEMS, hasPending: false }
  }

  /** Everything is decided on one snapshot, even when it is swapped while the facts are read. */
  function withObjects(
    subject: Subject,
    service: string,
    { asked, facts, candidate }: { asked: Asked; facts: RequestFacts; candidate: Candidate },
    selected: readonly Selected[],
  ): Judgement | Promise<Judgement> {
    const { name, objects: selectors, bulk } = candidate.operation
    const named = selected.flatMap(({ selector, objects: those, isJudged }) =>
      isJudged ? those.map((object) => ({ selector, object })) : [],
    )
    const conclude = (all: readonly AskedObject[]): Judgement => {
      const current = snapshot()
      const question = {
        service,
        name,
        anyOfRoles: asked.anyOfRoles,
        products: namedProducts(candidate, facts),
      }
      const items = named.map(({ selector, object }, index): JudgedItem => {
        const known = all[index]
        const asked = { ...question, selector: selectors.indexOf(selector) }
        const decision =
          known === undefined ? denied(current, 'object-missing') : decide(current, subject, asked, known)
        return { selector, object, decision }
      })
      const decision = together(items.map((each) => each.decision)) ?? denied(current, 'object-missing')
      const apart = bulk === 'perItem' && decision.effect !== 'allow' && items.length > 1
      return { decision, candidate, selected, facts, items: apart ? items : NO_ITEMS, hasPending: all.some(isPending) }
    }
    const loaded = objects.load(
      service,
      named.map(({ object }) => object),
    )
    return loaded instanceof Promise ? loaded.then(conclude) : conclude(loaded)
  }

  return {
    open(service, asked, query) {
      const undecided = asked.candidates.some(({ route }) => route.conditions.some((each) => each.in === 'body'))
      if (undecided || !asked.candidates.some(({ operation }) => operation.access !== 'role')) return undefined
      const judgement = inPrinciple(null, service, asked, { query, body: undefined })
      return judgement.decision.effect === 'allow' ? judgement : undefined
    },
    judge(subject, service, asked, facts) {
      const principle = inPrinciple(subject, service, asked, facts)
      const { candidate, decision } = principle
      if (candidate === null || !isAboutObjects(candidate.operation) || !isWeighed(decision)) return principle
      const selected = selectedObjects(candidate, facts, asked.settings)
      if (selected === undefined) {
        return decision.effect === 'deny' ? principle : { ...principle, decision: denied(snapshot(), 'object-missing') }
      }
      const none = selected.every((each) => !each.isJudged || each.objects.length === 0)
      return none ? { ...principle, selected } : withObjects(subject, service, { asked, facts, candidate }, selected)
    },
  }
}

function isAboutObjects({ objects }: Operation): boolean {
  return objects.length > 0
}

/** Whether operation and object count at all: not where nobody without a role, or everybody with one, is meant. */
function isWeighed({ rule }: Decision): boolean {
  return rule !== 'no-role' && rule !== 'authorization-off' && rule !== 'unknown-service'
}

function isPending({ pending }: AskedObject): boolean {
  return pending !== undefined && pending !== null
}
