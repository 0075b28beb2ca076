/** Questions and answers of the OpenID AuthZEN Authorization API 1.0, as this gateway understands them. */

import { z } from 'zod'
import type { Decision } from '../authz/model.ts'
import { obligationText } from '../authz/obligation-text.ts'

const name = z.string().min(1).max(256)
const properties = z.record(z.string().max(100), z.unknown()).optional()
/** Members that are not ours are taken and not looked at, as the API wants it. */
const subject = z.object({ type: name, id: name, properties })
/** Products that the request would name, for rights that are for some products alone. */
const products = z.array(name, 'must be a list of texts').max(1000)
const action = z.object({ name, properties: z.looseObject({ products: products.optional() }).optional() })
const resource = z.object({ type: name, id: name, properties })
const context = z.record(z.string().max(100), z.unknown()).optional()

const question = z.object({ subject, action, resource, context })

export type AccessQuestion = z.output<typeof question>

const MOST_QUESTIONS = 1000

export const evaluationBody = question

export const evaluationsBody = z
  .object({
    subject: subject.optional(),
    action: action.optional(),
    resource: resource.optional(),
    context,
    evaluations: z
      .array(
        z.object({ subject: subject.optional(), action: action.optional(), resource: resource.optional(), context }),
      )
      .max(MOST_QUESTIONS)
      .optional(),
    options: z
      .object({
        evaluations_semantic: z
          .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
          .default('execute_all'),
      })
      .prefault({}),
  })
  .transform(({ evaluations, options, ...shared }, issues) => {
    const whole =
      (evaluations ?? []).length === 0 ? [shared] : (evaluations ?? []).map((each) => ({ ...shared, ...defined(each) }))
    const read = whole.map((each) => question.safeParse(each))
    const missing = read.findIndex((each) => !each.success)
    if (missing >= 0) {
      issues.addIssue(`evaluations[${missing}]: subject, action and resource must be stated, there or for all`)
      return z.NEVER
    }
    return {
      isOne: (evaluations ?? []).length === 0,
      semantic: options.evaluations_semantic,
      questions: read.flatMap((each) => (each.success ? [each.data] : [])),
    }
  })

function defined<Value extends object>(value: Value): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<Value>
}

export interface AccessAnswer {
  /** Whether it is allowed; shown but not usable is not. */
  readonly decision: boolean
  readonly context: Readonly<Record<string, unknown>>
}

/** The answer that a decision is. */
export function accessAnswer({ effect, rule, conflict, obligations, revision }: Decision): AccessAnswer {
  return {
    decision: effect === 'allow',
    context: { effect, rule, conflict, obligations: obligations.map(obligationText), revision },
  }
}
