/** The text of a profile file: what may stand where. What names refer to is checked in `references.ts`. */

import { z } from 'zod'
import {
  condition,
  pointer,
  productName,
  sentence,
  settingName,
  settingValue,
  shortRole,
  typeName,
  valueSource,
} from './fields.ts'
import { routeSchema } from './routes.ts'

/** A record with so many keys at most. */
function limited<Key extends z.core.$ZodRecordKey, Value extends z.core.SomeType>(
  key: Key,
  value: Value,
  most: number,
) {
  return z.record(key, value).refine((given) => Object.keys(given).length <= most, `has more than ${most} keys`)
}

const names = z.array(productName).max(500)

/** `name: description`, or with a class. */
const resource = z.union([
  sentence.transform((description) => ({ class: 'action' as const, description })),
  z.strictObject({
    class: z.enum(['action', 'menu', 'tab', 'column', 'view', 'filter', 'server']).default('action'),
    description: sentence,
  }),
])

const role = z.strictObject({
  description: sentence,
  parents: z.array(shortRole).max(20).default([]),
  allow: names.default([]),
  disable: names.default([]),
  deny: names.default([]),
})

const objectType = z.strictObject({
  description: sentence,
  rule: z.enum(['none', 'open-unless-listed', 'owner-and-listed', 'reach', 'resource']).default('none'),
  kind: z.enum(['object', 'group', 'operator']).default('object'),
  source: z.enum(['gateway', 'upstream']).default('upstream'),
  passResource: productName.nullable().default(null),
  resource: productName.nullable().default(null),
  unlistedChanges: z.strictObject({ resource: productName, when: condition.optional() }).nullable().default(null),
  parentTypes: z.array(typeName).max(10).default([]),
})

const reachWay = z.union([
  z.enum(['self', 'member', 'anyone']),
  z.strictObject({
    right: productName,
    products: valueSource.nullable().default(null),
    groups: z.enum(['any', 'every']).default('any'),
    above: z.boolean().default(false),
  }),
])

const selector = z
  .strictObject({
    type: typeName,
    from: z.array(valueSource).max(10).default([]),
    required: z.boolean().default(true),
    reach: z.array(reachWay).max(10).default([]),
    unowned: z.enum(['refuse', 'pass']).default('refuse'),
    ownerOnly: z.boolean().default(false),
    notSelf: z.boolean().default(false),
    when: condition.optional(),
  })
  .refine(({ from, required }) => from.length > 0 || !required, {
    path: ['from'],
    error: 'must say where the ids stand; where none do, as in a list, say required: false',
  })

const freedom = { unless: productName.nullable().default(null), when: condition.optional() }

const obligation = z.union(
  [
    z.strictObject({ mask: productName, keepLast: z.int().min(0).max(16).default(4), ...freedom }),
    z.strictObject({ removeField: productName, ...freedom }),
    z.strictObject({ filterItems: typeName, ...freedom }),
  ],
  { error: 'must be one of { mask, keepLast }, { removeField } and { filterItems }' },
)

const place = z.int().min(0).max(9)

const change = z.union(
  [
    z.strictObject({ create: typeName, id: valueSource, owner: z.enum(['caller', 'none']) }),
    z.strictObject({ create: typeName, id: valueSource, to: z.enum(['operator', 'group']), owner: valueSource }),
    z.strictObject({ delete: place }),
    z.strictObject({ move: place, to: z.enum(['operator', 'group']), owner: valueSource }),
    z.strictObject({ list: place, does: z.enum(['add', 'remove']), entries: valueSource }),
    z.strictObject({ clearList: place }),
    z.strictObject({ parents: place, of: place, does: z.enum(['add', 'remove']) }),
  ],
  { error: 'must be one of create, delete, move, list, clearList and parents, with their keys' },
)

const giving = z.union(
  [
    z.strictObject({ rights: valueSource, products: valueSource.optional(), group: valueSource }),
    z.strictObject({
      role: valueSource,
      names: limited(z.string().min(1).max(100), shortRole, 100),
      unnamed: shortRole.optional(),
    }),
  ],
  { error: 'must be { rights, products, group } or { role, names, unnamed }' },
)

const shown = z.strictObject({
  selector: place,
  items: pointer.default(''),
  id: pointer,
  owner: z
    .strictObject({ operator: pointer.nullable().default(null), group: pointer.nullable().default(null) })
    .nullable()
    .default(null),
  accessList: pointer.nullable().default(null),
})

const response = z.strictObject({
  format: z.enum(['json', 'ndjson', 'csv', 'any']).default('any'),
  items: z.array(pointer).max(20).default([]),
  ids: limited(typeName, productName, 20).default({}),
  everywhere: z.boolean().default(false),
  totals: names.default([]),
  lastLinks: names.default([]),
  parameterFields: limited(productName, productName, 100).default({}),
  searchParameters: names.default([]),
  csv: z
    .strictObject({
      delimiter: z.enum([',', ';', '\t', '|']).default(','),
      titles: z.array(z.string().min(1).max(200)).min(1).max(500).nullable().default(null),
    })
    .prefault({}),
})

const operation = z.strictObject({
  description: sentence,
  aliases: names.default([]),
  resources: names.optional(),
  access: z.enum(['role', 'public', 'exempt']).default('role'),
  accessWhen: condition.optional(),
  deniedWhen: condition.optional(),
  reads: z.boolean().default(false),
  searches: z.boolean().optional(),
  activity: z.boolean().default(true),
  routes: z.array(routeSchema).max(50).default([]),
  objects: z.array(selector).max(10).default([]),
  bulk: z.enum(['whole', 'perItem']).default('whole'),
  obligations: z.array(obligation).max(200).default([]),
  changes: z.array(change).max(10).default([]),
  gives: giving.nullable().default(null),
  shows: shown.nullable().default(null),
  response: response.nullable().default(null),
})

const setting = z.strictObject({
  description: sentence,
  default: settingValue,
  values: z.array(settingValue).min(1).max(20).nullable().default(null),
})

/** A whole file. */
export const profileFile = z.strictObject({
  // 23 characters, a colon and 40 of the role make the 64 that a role name may have.
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,22}$/, 'an id is 1 to 23 of a-z, 0-9 and -'),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(2000),
  resources: limited(productName, resource, 2000).default({}),
  roles: limited(shortRole, role, 200).refine((given) => Object.keys(given).length > 0, 'has no role'),
  administratorRole: shortRole,
  guestRole: shortRole.nullable().default(null),
  objectTypes: limited(typeName, objectType, 50).default({}),
  fields: limited(productName, z.array(z.string().min(1).max(100)).min(1).max(20), 500).default({}),
  bases: z
    .array(
      z
        .string()
        .regex(/^(?:\/[^/?#]+)*$/, 'a base begins with / and does not end with it')
        .max(200),
    )
    .min(1)
    .max(5)
    .default(['']),
  paths: z
    .strictObject({ ignoreCase: z.boolean().default(false), ignoreTrailingSlash: z.boolean().default(false) })
    .prefault({}),
  frontDoor: productName.nullable().default(null),
  serviceRules: z.boolean().default(false),
  settings: limited(settingName, setting, 50).default({}),
  operations: limited(productName, operation, 5000).default({}),
})

export type ProfileFile = z.output<typeof profileFile>
export type OperationFile = ProfileFile['operations'][string]
