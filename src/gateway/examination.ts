/**
 * What a door looks at in a request that is allowed, before it counts as one: what has to be done to the content of the
 * answer, and whether the request asks by what that answer must not show.
 */

import type { Subject } from '../authz/model.ts'
import { AppError } from '../core/errors.ts'
import { checkQuery, checkSearchBody, hidesFields } from './content/request-fields.ts'
import type { ContentRules } from './content/rules.ts'
import type { Exchange } from './exchange.ts'
import type { Located } from './locate.ts'
import type { ContentRulesOf } from './operations/content-rules.ts'
import type { Judgement } from './operations/judge.ts'
import type { JsonBody } from './operations/request-json.ts'
import { hasBody } from './request-body.ts'

/** A request that may pass as far as roles and objects go. */
export interface Allowed {
  /** Null: everybody may. */
  readonly subject: Subject | null
  readonly judgement: Judgement
  /** The body, where it had to be read to decide. */
  readonly body: Buffer | undefined
}

export interface Examination {
  /** The body, where it has been read by now. */
  readonly body: Buffer | undefined
  /** What has to be done to the content of the answer; undefined: nothing. */
  readonly content: ContentRules | undefined
  /** Why it may not pass all the same. */
  readonly refusal: AppError | undefined
}

/** At once, unless a body has to be read for it; then it may reject with what is wrong with that body. */
export type Examine<Each extends Exchange> = (
  exchange: Each,
  located: Located,
  allowed: Allowed,
) => Examination | Promise<Examination>

/** Refuses with FIELD_HIDDEN what filters, sorts or searches by a field that is masked or removed for the subject. */
export function contentExamination({
  contentRules,
  readBody,
}: {
  contentRules: ContentRulesOf
  readBody: (exchange: Exchange, located: Located) => Promise<JsonBody | undefined>
}): Examine<Exchange> {
  return (exchange, located, { subject, judgement, body }) => {
    const content = contentRules(located.route.service.id, subject, judgement)
    if (content === undefined || !hidesFields(content)) return { body, content, refusal: undefined }
    const refusal = refusalBy(() => checkQuery(located.target.query, content))
    const isSearch = judgement.candidate?.operation.searches === true && hasBody(exchange.req)
    if (refusal !== undefined || !isSearch) return { body, content, refusal }
    const ofSearch = (value: unknown) => refusalBy(() => checkSearchBody(value, content))
    if (body !== undefined) return { body, content, refusal: ofSearch(judgement.facts.body) }
    return readBody(exchange, located).then((read) => ({ body: read?.bytes, content, refusal: ofSearch(read?.value) }))
  }
}

function refusalBy(check: () => void): AppError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}
