/** The JSON Schema of the configuration file, for editors; generated, so that it cannot say something else than the checks. */

import { z } from 'zod'
import { configSchema } from './schema.ts'

/** `${ENV}` and `file:PATH` may stand where a value of another form is described. */
const SUBSTITUTED = { type: 'string', pattern: '\\$\\{|^file:' } as const

/** The schema as text, as it stands in `config/gatehouse.schema.json`. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => allowSubstitution(jsonSchema),
  })
  const { $schema, ...rest } = schema
  return `${JSON.stringify({ $schema, title: 'Gatehouse configuration', ...rest }, null, 2)}\n`
}

function allowSubstitution(schema: z.core.JSONSchema.BaseSchema): void {
  const { type, pattern, enum: values } = schema
  const strict =
    type === 'number' || type === 'integer' || type === 'boolean' || pattern !== undefined || values !== undefined
  if (!strict) return
  const { default: standard, ...own } = schema
  for (const key of Object.keys(schema)) delete schema[key]
  Object.assign(schema, standard === undefined ? {} : { default: standard }, { anyOf: [own, SUBSTITUTED] })
}
