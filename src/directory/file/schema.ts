/** What a directory file may say: the shape of each section, strict and with limits. */

import { z } from 'zod'
import { ROLE_NAME } from '../../core/names.ts'
import { type Instant, instant } from '../../core/time.ts'

const MOST = { operators: 100_000, roles: 2000, groups: 100_000, objects: 200_000, of: 2000, permissions: 5000 }

/** A path may name so many groups. */
const DEEPEST_GROUP = 64

const quoted = (schema: z.ZodString) => z.string('must be a text; put it in quotes').pipe(schema)
const plain = (longest: number) =>
  quoted(
    z
      .string()
      .min(1, 'must not be empty')
      .max(longest, `must have at most ${longest} characters`)
      .refine((text) => !/\p{Cc}/u.test(text) && text.trim() === text && text.isWellFormed(), {
        error: 'must not have control characters or white space at its ends',
      }),
  )
const named = plain(256)
const identifier = quoted(z.string().regex(/^[a-z0-9_.-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9, _, . and -'))
const effect = z.enum(['allow', 'disable', 'deny'], 'must be allow, disable or deny')
const yesOrNo = z.boolean('must be true or false')
const list = <Schema extends z.ZodType>(schema: Schema, most = MOST.of) =>
  z.array(schema, 'must be a list').max(most, `must have at most ${most} entries`)

/** Role names are kept in lower case, however they are written. */
const roleName = quoted(z.string())
  .transform((name) => name.toLowerCase())
  .pipe(z.string().regex(ROLE_NAME, 'is no role name: 1 to 64 of a-z, 0-9, _, ., : and -'))

const groupPath = plain(4096)
  .transform((path) => path.normalize('NFC').split('/'))
  .pipe(
    z
      .array(z.string().max(256, 'a group has a name of at most 256 characters'))
      .max(DEEPEST_GROUP, `must have at most ${DEEPEST_GROUP} groups, one below the other`)
      .refine((names) => names.every((name) => name !== '' && name.trim() === name), {
        error: 'must be names with / between them, without empty ones and white space at their ends',
      }),
  )

const objectName = plain(512).transform((text, context) => {
  const colon = text.indexOf(':')
  if (colon > 0 && colon < text.length - 1) return { type: text.slice(0, colon), id: text.slice(colon + 1) }
  context.addIssue({ code: 'custom', message: 'must be <type>:<id>' })
  return z.NEVER
})

/** A text may stand for an object with one key. */
const orText = <Schema extends z.ZodType>(key: string, schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema)

const scope = list(orText('object', z.strictObject({ object: objectName, children: yesOrNo.optional() })), 20)
  .min(1, 'must name an object; null means everywhere')
  .nullable()

const instantText = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2030-01-31T08:00:00Z' })
  .transform((text): Instant => instant(Date.parse(text)))
  .nullable()

const grant = orText(
  'role',
  z.strictObject({
    role: roleName,
    service: named.nullable().default(null),
    scope: scope.default(null),
    children: yesOrNo.default(false),
    expiresAt: instantText.default(null),
  }),
)

const products = z.strictObject({ products: list(named) })
const right = z.union([yesOrNo, products], 'must be true or { products: [ … ] }')

const permissions = z
  .record(named, effect, 'must be a section of resources')
  .refine((all) => Object.keys(all).length <= MOST.permissions, {
    error: `must have at most ${MOST.permissions} entries`,
  })

const membership = orText(
  'group',
  z.strictObject({ group: groupPath, rights: z.record(identifier, right, 'must be a section of rights').default({}) }),
)

const operator = z.strictObject({
  account: named,
  provider: named.optional(),
  displayName: named.nullable().optional(),
  email: named.nullable().optional(),
  enabled: yesOrNo.optional(),
  roles: list(grant).optional(),
  permissions: permissions.optional(),
  groups: list(membership).optional(),
})

const role = z.strictObject({
  name: roleName,
  description: plain(2000).nullable().optional(),
  parents: list(roleName).optional(),
  permissions: permissions.optional(),
  scope: scope.optional(),
  children: yesOrNo.default(false),
})

const group = z.strictObject({
  path: groupPath,
  label: named.nullable().optional(),
  roles: list(grant).optional(),
})

const owner = z.union(
  [z.strictObject({ operator: named, provider: named.optional() }), z.strictObject({ group: groupPath })],
  'must be { operator: account } or { group: path }, never both',
)
const listed = z.union(
  [
    named.transform((account) => ({ operator: account })),
    z.strictObject({ operator: named, provider: named.optional() }),
    z.strictObject({ group: groupPath }),
  ],
  'must be an account, { operator: account, provider } or { group: path }',
)

const object = z.strictObject({
  service: named,
  type: named,
  id: plain(512),
  owner: owner.nullable().optional(),
  accessList: list(listed, 10_000).nullable().optional(),
  parents: list(objectName).optional(),
})

/** The text of a directory file as an object. Every key is optional; unknown keys are refused. */
export const directoryFile = z.strictObject({
  operators: list(operator, MOST.operators).optional(),
  roles: list(role, MOST.roles).optional(),
  groups: list(group, MOST.groups).optional(),
  objects: list(object, MOST.objects).optional(),
  settings: z.strictObject({}, 'must be empty: this version keeps no settings in the directory').optional(),
})

export type DirectoryFile = z.infer<typeof directoryFile>
export type FileOperator = z.infer<typeof operator>
export type FileRole = z.infer<typeof role>
export type FileGroup = z.infer<typeof group>
export type FileObject = z.infer<typeof object>
export type FileGrant = z.infer<typeof grant>
export type FileMembership = z.infer<typeof membership>
export type FileScope = z.infer<typeof scope>
export type FileEntry = z.infer<typeof listed>
export type FileOwner = z.infer<typeof owner>
