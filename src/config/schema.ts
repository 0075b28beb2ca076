/** Schema of the configuration file. Only single values are checked here; what concerns several is in `cross-checks.ts`. */

import type { z } from 'zod'
import { PUBLIC_URL_RULE, parseCidr, parsePublicUrl } from './addresses.ts'
import { flag, list, numberAbove0, numberFrom, oneOf, parsed, pem, section, text, wholeNumber } from './fields.ts'
import type { Part } from './read.ts'
import { providerSchema } from './schema-provider.ts'
import { serviceSchema } from './schema-service.ts'

const YEAR_MINUTES = 525_600
const DAY_MINUTES = 1440
const MOST_KEEP_DAYS = 36_500

const publicUrl = () => parsed(PUBLIC_URL_RULE, parsePublicUrl)
const cidrs = () =>
  list(parsed('an address or CIDR such as 10.0.0.0/8 or fd00::/8', parseCidr), 'addresses or CIDRs').default([])

const keyPair = section({ key: pem('a PEM file of a private key'), cert: pem('a PEM file of a certificate') })

const listen = section({
  host: text('a host name or address', { pattern: /^[A-Za-z0-9.:-]+$/, max: 253 }).default('127.0.0.1'),
  port: wholeNumber(0, 65_535).default(8080),
  tls: keyPair.nullable().default(null),
})

const storeName = () => text('sqlite, memory or a URL', { max: 2048 }).default('sqlite')

const session = section({
  timeoutMinutes: numberAbove0(YEAR_MINUTES).default(720),
  samlOffsetMinutes: numberFrom(0, 60).default(5),
  idpExpiry: oneOf('strict', 'fnms').default('strict'),
  idleMaxMinutes: numberAbove0(YEAR_MINUTES).nullable().default(null),
  absoluteMaxMinutes: numberAbove0(YEAR_MINUTES).nullable().default(null),
})

const signIn = section({
  requestLifetimeMinutes: numberAbove0(DAY_MINUTES).default(30),
  defaultIdp: text('the id of a provider', { max: 64 }).nullable().default(null),
  startsPerMinute: wholeNumber(0, 1_000_000).default(300),
  postsPerMinute: wholeNumber(0, 1_000_000).default(300),
})

/** The whole file. */
export const configSchema = section({
  publicUrl: publicUrl(),
  listen: listen.prefault({}),
  admin: section({
    publicUrl: publicUrl().nullable().default(null),
    listen: listen.nullable().default(null),
  }).prefault({}),
  trustedProxies: cidrs(),
  connections: section({ perAddress: wholeNumber(0, 1_000_000).default(5000) }).prefault({}),
  dataDir: text('a folder', { max: 4096 }).default('../data'),
  stores: section({
    directory: storeName(),
    sessions: storeName(),
    graceSeconds: numberFrom(0, 86_400).default(30),
  }).prefault({}),
  keys: section({
    identity: pem('a PEM file of a P-256 private key').nullable().default(null),
    cookies: pem('32 bytes in base64').nullable().default(null),
  }).prefault({}),
  serviceProvider: section({
    entityId: text('an entity id (a URI of 1 to 1024 characters)', { max: 1024, pattern: /^\S+$/ }).optional(),
    signing: keyPair.nullable().default(null),
    decryption: list(keyPair, 'pairs of key and cert', { max: 10 }).default([]),
  }).prefault({}),
  signIn: signIn.prefault({}),
  identityProviders: list(providerSchema, 'identity providers').default([]),
  localSignIn: section({
    enabled: flag().default(false),
    from: cidrs(),
    totp: oneOf('required', 'optional').default('required'),
    services: flag().default(false),
  }).prefault({}),
  session: session.prefault({}),
  audit: section({ keepDays: wholeNumber(1, MOST_KEEP_DAYS).nullable().default(400) }).prefault({}),
  services: list(serviceSchema, 'services', { max: 500 }).default([]),
})

/** The file's content, checked value by value and with all defaults that stand for themselves. */
export type CheckedFile = z.output<typeof configSchema>

/** The same while parts of it are not valid. */
export type FileParts = NonNullable<Part<CheckedFile>>
export type ProviderParts = NonNullable<NonNullable<FileParts['identityProviders']>[number]>
export type ServiceParts = NonNullable<NonNullable<FileParts['services']>[number]>
