/** Schema of one entry of `services`. */

import { z } from 'zod'
import { parseHost, parseOrigin, parseUpstream } from './addresses.ts'
import { flag, id, list, map, numberAbove0, oneOf, parsed, pem, section, text, wholeNumber } from './fields.ts'
import { HEADER_NAME_RULE, isAssignableHeader } from './header-names.ts'
import { isMatchPath, isPathPattern } from './paths.ts'

const UPSTREAM = 'an http or https URL without user, query and fragment, such as http://127.0.0.1:7070'
const DAY_SECONDS = 86_400
const MAX_BODY_BYTES = Number.MAX_SAFE_INTEGER

const matchPath = () =>
  parsed(
    'a path in normal form that begins and ends with / and is not under /.gatehouse/, such as /flexnet/',
    (path) => (path.length <= 256 && isMatchPath(path) ? path : undefined),
  )

const upstreamUrl = () => parsed(UPSTREAM, parseUpstream)
const upstream = z.union([upstreamUrl(), list(upstreamUrl(), 'URLs', { min: 1, max: 32 })], {
  error: `must be ${UPSTREAM}, or a list of these`,
})

const patterns = () =>
  list(
    parsed('a path pattern that begins with / or **; * stands for anything but /, ** for anything', (pattern) =>
      pattern.length <= 512 && isPathPattern(pattern) ? pattern : undefined,
    ),
    'path patterns',
  ).default([])

const headerName = z.string().refine(isAssignableHeader, { error: HEADER_NAME_RULE })
const headerValue = text('account, id, name, email, roles or attribute:<name>', {
  pattern: /^(?:account|id|name|email|roles|attribute:\S(?:.*\S)?)$/,
  max: 512,
})

/** Which keys belong to which type is checked elsewhere. */
const credential = section({
  type: oneOf('none', 'basic', 'bearer', 'client-certificate', 'flexnet-authorize').default('none'),
  username: text('a user name of 1 to 256 characters').nullable().default(null),
  password: text('a password of 1 to 1024 characters', { max: 1024 }).nullable().default(null),
  token: text('a token of 1 to 8192 visible ASCII characters', { pattern: /^[\x21-\x7e]+$/, max: 8192 })
    .nullable()
    .default(null),
  key: pem('a PEM file of a private key').nullable().default(null),
  cert: pem('a PEM file of a certificate').nullable().default(null),
  authorizePath: text('a path that begins with /, such as /api/1.0/instances/~/authorize', {
    pattern: /^\/[A-Za-z0-9/_~.-]*$/,
    max: 256,
  })
    .nullable()
    .default(null),
})

const timeouts = section({
  connectSeconds: numberAbove0(DAY_SECONDS).default(5),
  headersSeconds: numberAbove0(DAY_SECONDS).default(60),
  idleSeconds: numberAbove0(DAY_SECONDS).default(300),
})

const upstreamTls = section({
  ca: pem('a PEM file of certificates').nullable().default(null),
  serverName: parsed('a host name', (name) => (/^[A-Za-z0-9.-]{1,253}$/.test(name) ? name : undefined))
    .nullable()
    .default(null),
  verify: flag().default(true),
})

const refuseOrAllow = () => oneOf('refuse', 'allow').default('refuse')

/** One licence service. */
export const serviceSchema = section({
  id: id(),
  profile: text('the name of a profile, a file in config/profiles/', {
    pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
    max: 64,
  }),
  match: section({
    path: matchPath().nullable().default(null),
    host: parsed('a host name with an optional port, such as lic.example.com', parseHost).nullable().default(null),
  }),
  upstream,
  keepPrefix: flag().default(false),
  access: oneOf('required', 'optional', 'public').default('required'),
  guest: flag().default(false),
  public: patterns(),
  passive: patterns(),
  authorization: oneOf('on', 'off').default('on'),
  unlistedOperations: oneOf('deny', 'open').default('deny'),
  headers: map(headerName, headerValue, 'header names', 64).default({}),
  preserveHost: flag().default(false),
  passAuthorization: flag().default(false),
  allowedOrigins: list(
    parsed('an origin such as https://app.example.com, without path', parseOrigin),
    'origins',
  ).default([]),
  credential: credential.prefault({}),
  timeouts: timeouts.prefault({}),
  upstreamTls: upstreamTls.prefault({}),
  maxBody: wholeNumber(0, MAX_BODY_BYTES, ' (bytes), or null').nullable().default(null),
  pathRules: section({ encodedSlash: refuseOrAllow(), pathParameters: refuseOrAllow() }).prefault({}),
  settings: map(text('must be 1 to 64 characters', { max: 64 }), z.unknown(), 'settings', 64).default({}),
})
