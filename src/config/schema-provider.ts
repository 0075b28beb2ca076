/** Schema of one entry of `identityProviders`. */

import { z } from 'zod'
import { ROLE_NAME } from '../core/names.ts'
import { parseSecureUrl } from './addresses.ts'
import { flag, id, list, map, oneOf, parsed, pem, section, text } from './fields.ts'

const attributeName = () => text('an attribute name of 1 to 512 characters', { max: 512 })
const secureUrl = () => parsed('an https URL without user and fragment; http only for localhost', parseSecureUrl)

const metadata = z.union(
  [
    section({ file: text('a metadata file', { max: 4096 }) }),
    section({ url: secureUrl() }),
    section({
      entityId: text('an entity id (a URI of 1 to 1024 characters)', { max: 1024, pattern: /^\S+$/ }),
      ssoUrl: secureUrl(),
      sloUrl: secureUrl().nullable().default(null),
      certificates: list(pem('a certificate: a PEM file, PEM text or the base64 of X509Certificate'), 'certificates', {
        min: 1,
        max: 10,
      }),
    }),
  ],
  { error: 'must be { file }, { url } or { entityId, ssoUrl, sloUrl, certificates }' },
)

const roleName = () =>
  text('a role name such as administrator or <profile>:<role>: 1 to 64 of a to z, 0 to 9 and _ . : -', {
    pattern: ROLE_NAME,
    max: 64,
  })

const groupPath = () =>
  parsed('the path of a group, such as acme/emea', (written) => {
    const path = written.normalize('NFC')
    const isPath = path.length <= 512 && path.split('/').every((name) => name !== '' && name.trim() === name)
    return isPath && !/\p{Cc}/u.test(path) ? path : undefined
  })

const rightName = () => text('a right: 1 to 64 of a to z, 0 to 9 and _ . -', { pattern: /^[a-z0-9_.-]{1,64}$/ })

const product = text('a product of 1 to 256 characters')

/** `false` is the same as none. */
const right = z.union([flag(), section({ products: list(product, 'products', { max: 1000 }) })], {
  error: 'must be true, false or { products: [ … ] }',
})

const groupTarget = z.union(
  [
    roleName(),
    section({ role: roleName(), service: id().nullable().default(null) }),
    section({ group: groupPath(), rights: map(rightName(), right, 'rights', 64).default({}) }),
  ],
  { error: 'must be a role, { role, service } or { group, rights }' },
)

const groupTargets = z.union([groupTarget, list(groupTarget, 'roles', { min: 1, max: 64 })], {
  error: 'must be a role, { role, service }, { group, rights } or a list of these',
})

const accountDomain = () =>
  parsed('a domain such as example.com, without @', (written) =>
    /^[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/.test(written) ? written.toLowerCase() : undefined,
  )

const want = section({
  signedResponse: flag().default(true),
  signedAssertion: flag().default(true),
  encryptedAssertion: flag().default(false),
})

const entry = section({
  attribute: attributeName(),
  anyOf: list(text('a value of 1 to 1024 characters', { max: 1024 }), 'values', { min: 1, max: 1000 }),
})

const groups = section({
  attribute: attributeName().nullable().default(null),
  map: map(text('of a group must be 1 to 1024 characters', { max: 1024 }), groupTargets, 'groups').default({}),
  mode: oneOf('additive', 'authoritative').default('additive'),
})

const attributeNames = () => list(attributeName(), 'attribute names', { max: 20 })

/** One identity provider. `displayName` and `adminAttribute` have defaults that depend on the rest; they are filled in later. */
export const providerSchema = section({
  id: id(),
  displayName: text('text of 1 to 128 characters', { max: 128 }).optional(),
  metadata,
  binding: oneOf('redirect', 'post').default('redirect'),
  signRequests: oneOf('auto', 'always', 'never').default('auto'),
  want: want.prefault({}),
  minimumSignature: oneOf('rsa-sha1', 'rsa-sha256', 'rsa-sha384', 'rsa-sha512').default('rsa-sha256'),
  allowCbc: flag().default(false),
  allowUnsolicited: flag().default(false),
  loginAttribute: text('NameID or the name of an attribute (1 to 512 characters)', { max: 512 }).default('NameID'),
  accountDomains: list(accountDomain(), 'domains').default([]),
  createUnknownOperator: flag().default(true),
  adminAttribute: attributeName().nullable().optional(),
  adminMode: oneOf('fnms', 'authoritative').default('fnms'),
  attributes: section({
    displayName: attributeNames().default(['displayName', 'cn']),
    email: attributeNames().default(['mail', 'email']),
  }).prefault({}),
  entry: entry.nullable().default(null),
  groups: groups.prefault({}),
})
