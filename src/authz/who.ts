/** Who may do something, and what may somebody do: page by page (gateway.md G-2). */

import { decide } from './decide.ts'
import type { Decision, ObjectFacts, Question, Subject } from './model.ts'
import type { WholeOperator, World } from './world.ts'

/** The most that one page holds. */
export const LARGEST_PAGE = 1000

/** Where a page ends, to be handed in for the next. */
export type Page<Item> = {
  readonly items: readonly Item[]
  /** Key of the last item when more may follow; null: that was all. */
  readonly next: string | null
}

export interface PageQuery {
  /** Key of the last item of the page before. */
  readonly after?: string | null
  /** 1 to `LARGEST_PAGE`. */
  readonly limit: number
}

export interface Holder {
  /** Key of this item. */
  readonly key: string
  readonly account: string
  readonly provider: string
  readonly rule: Decision['rule']
  readonly obligations: Decision['obligations']
}

/** Enabled operators who are allowed what is asked, in the order of the directory. */
export function whoMay(world: World, question: Question, object: ObjectFacts | null, query: PageQuery): Page<Holder> {
  return pageOf(world.operators, keyOf, query, (operator) => {
    const { effect, rule, obligations } = decide(world.snapshot, operator, question, object)
    if (effect !== 'allow') return undefined
    return { key: keyOf(operator), account: operator.account, provider: operator.provider, rule, obligations }
  })
}

export interface Ability {
  /** Key of this item. */
  readonly key: string
  readonly service: string
  readonly operation: string
  readonly effect: 'allow' | 'disable'
  readonly rule: Decision['rule']
  readonly conflict: boolean
}

/** Listed operations that somebody is allowed, or sees disabled: of one service or of all, about an object or in principle. */
export function whatMay(
  world: World,
  subject: Subject,
  { service, object = null }: { readonly service: string | null; readonly object?: ObjectFacts | null },
  query: PageQuery,
): Page<Ability> {
  const services = [...world.snapshot.services.values()].filter(({ id }) => service === null || id === service)
  const asked = services.flatMap(({ id, operations }) =>
    [...new Set([...operations.values()].map(({ name }) => name))].map((name) => ({ service: id, name })),
  )
  const key = (question: { service: string; name: string }) => `${question.service} ${question.name}`
  return pageOf(asked, key, query, (question) => {
    const { effect, rule, conflict } = decide(world.snapshot, subject, question, object)
    if (effect === 'deny') return undefined
    return { key: key(question), service: question.service, operation: question.name, effect, rule, conflict }
  })
}

function keyOf({ account, provider }: WholeOperator): string {
  return JSON.stringify([account, provider])
}

function pageOf<Each, Item extends { readonly key: string }>(
  all: readonly Each[],
  key: (each: Each) => string,
  { after = null, limit }: PageQuery,
  found: (each: Each) => Item | undefined,
): Page<Item> {
  const most = Math.min(Math.max(1, limit), LARGEST_PAGE)
  const start = after === null ? 0 : all.findIndex((each) => key(each) === after) + 1
  if (after !== null && start === 0) return { items: [], next: null }
  const items: Item[] = []
  for (const each of all.slice(start)) {
    const item = found(each)
    if (item === undefined) continue
    if (items.length === most) return { items, next: items.at(-1)?.key ?? null }
    items.push(item)
  }
  return { items, next: null }
}
