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
  /** Undefined: nobody has read the body. */
  readonly read: ReadBody | undefined
}

/** A body that was read to its end; undefined: there is none. */
export interface ReadBody {
  readonly body: JsonBody | undefined
}

export interface Examination {
  /** What has to be done to the content of the answer; undefined: nothing. */
  readonly content: ContentRules | undefined
  /** Why it may not pass all the same. */
  readonly refusal: AppError | undefined
}

/** `body`: it has to be read first. */
export type Examine<Each extends Exchange> = (
  exchange: Each,
  located: Located,
  allowed: Allowed,
) => Examination | 'body'

/** Refuses with FIELD_HIDDEN what filters, sorts or searches by a field that is masked or removed for the subject. */
export function contentExamination({ contentRules }: { contentRules: ContentRulesOf }): Examine<Exchange> {
  return (exchange, located, { subject, judgement, read }) => {
    const content = contentRules(located.route.service.id, subject, judgement)
    if (content === undefined || !hidesFields(content)) return { content, refusal: undefined }
    const refusal = refusalBy(() => checkQuery(located.target.query, content))
    const isSearch = judgement.candidate?.operation.searches === true && hasBody(exchange.req)
    if (refusal !== undefined || !isSearch) return { content, refusal }
    if (read === undefined) return 'body'
    return { content, refusal: refusalBy(() => checkSearchBody(read.body?.value, content)) }
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
