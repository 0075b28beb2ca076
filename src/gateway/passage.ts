/** What a request passes the entrance with: for whom it is forwarded, and what was decided about it. */

import type { ErrorCode } from '../core/errors.ts'
import type { ObjectReference } from '../profiles/request-facts.ts'
import type { ContentRules } from './content/rules.ts'
import type { Identity } from './identity-headers.ts'
import type { Judgement } from './operations/judge.ts'
import type { ObjectErrand } from './operations/object-errands.ts'

export interface Passage {
  /** Undefined: nobody in particular. */
  readonly identity: Identity | undefined
  /** A Set-Cookie to add to the answer. */
  readonly companion: string | undefined
  /** Undefined where nothing was decided: on a public path, or for nobody where sign-in is optional. */
  readonly judgement: Judgement | undefined
  /** The body, where it had to be read. */
  readonly body: Buffer | undefined
  /** What has to be done to the content of the answer; undefined: nothing. */
  readonly content: ContentRules | undefined
  /** The objects of a bulk call of which some were left out, in the order of the request; else empty. */
  readonly items: readonly PassageItem[]
  /** What it changes of objects here, once the service has answered; undefined: nothing. */
  readonly errand: ObjectErrand | undefined
}

/** An object of a bulk call. */
export interface PassageItem {
  readonly object: ObjectReference
  /** Why it was left out; null: it is part of what is forwarded. */
  readonly refused: ErrorCode | null
}

/** A passage for nobody, about which nothing was decided. */
export const FREE_PASSAGE: Passage = Object.freeze({
  identity: undefined,
  companion: undefined,
  judgement: undefined,
  body: undefined,
  content: undefined,
  items: Object.freeze([]),
  errand: undefined,
})
