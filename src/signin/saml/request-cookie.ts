/** The state of a sign-in, kept by the browser: one sealed cookie for each outstanding AuthnRequest. */

import { stringifySetCookie } from 'cookie'
import { z } from 'zod'

import type { PublicUrl } from '../../config/config.ts'
import type { Random } from '../../core/random.ts'
import { addSeconds, type Clock, type Instant, instant, type Seconds } from '../../core/time.ts'
import type { SignInRequest } from './model.ts'

/** Encrypts and authenticates; `open` gives undefined for what it did not seal. */
export interface Sealer {
  seal(value: object): Promise<string>
  open(token: string): Promise<unknown>
}

export interface RequestCookies {
  /**
   * Gives a request its cookie. The RelayState is the 8 hexadecimal digits in the cookie's name. The Set-Cookie strings
   * also take away the oldest cookies beyond five, or beyond 8 KiB in all, and those that no longer count.
   */
  issue(
    request: SignInRequest,
    cookieHeader: string | undefined,
  ): Promise<{ relayState: string; setCookies: readonly string[] }>
  /**
   * The request that a RelayState names. Undefined when the cookie is absent, there twice, forged, moved from another
   * name or expired, or when the RelayState is none of ours.
   */
  read(cookieHeader: string | undefined, relayState: string): Promise<SignInRequest | undefined>
  /** All outstanding requests of the browser, in no order. */
  readAll(cookieHeader: string | undefined): Promise<readonly SignInRequest[]>
  /** Set-Cookie that takes the cookie of a RelayState of ours away. */
  clear(relayState: string): string
}

const MAX_COOKIES = 5
/** Servers refuse requests with 16 KiB of headers; starting sign-ins from a hostile page must not bring a browser there. */
const MAX_BYTES = 8192
const RELAY_STATE = /^[0-9a-f]{8}$/

const Content = z.strictObject({
  relayState: z.string().regex(RELAY_STATE),
  id: z.string().max(100),
  provider: z.string().max(200),
  returnTo: z.string().max(8192),
  issuedAt: z.number().int(),
  fromTile: z.boolean(),
  replaces: z.strictObject({ session: z.string().max(100), operator: z.string().max(100) }).optional(),
  handoff: z.string().max(100).optional(),
})

interface Found {
  readonly relayState: string
  readonly bytes: number
  /** Undefined: it does not count. */
  readonly request: SignInRequest | undefined
}

export interface RequestCookiesParts {
  readonly publicUrl: PublicUrl
  readonly sealer: Sealer
  /** How long a sign-in may take; asked each time. */
  readonly lifetime: () => Seconds
  /** When the store was put back to an earlier state: a request from before may have been answered since. */
  readonly restoredAt?: Instant | undefined
  readonly clock: Clock
  readonly random: Random
}

/** The request cookies of one public URL: `__Host-gatehouse_req_<8 hex>`, or without the prefix on http. */
export function requestCookies(parts: RequestCookiesParts): RequestCookies {
  const { publicUrl, sealer, lifetime, restoredAt, clock, random } = parts
  const prefix = publicUrl.secure ? '__Host-gatehouse_req_' : 'gatehouse_req_'
  const setCookie = (relayState: string, value: string, maxAge: number): string =>
    stringifySetCookie({
      name: prefix + relayState,
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      secure: publicUrl.secure,
      // Providers answer by cross-site POST; browsers take None only together with Secure.
      sameSite: publicUrl.secure ? 'none' : 'lax',
    })
  const clear = (relayState: string): string => setCookie(relayState, '', 0)
  const isOver = (issuedAt: Instant): boolean =>
    addSeconds(issuedAt, lifetime()) <= clock.now() || (restoredAt !== undefined && issuedAt <= restoredAt)
  const find = (cookieHeader: string | undefined): Promise<Found[]> =>
    Promise.all(
      namedValues(cookieHeader, prefix).map(async ([relayState, value]) => {
        const request = value === undefined ? undefined : await readSealed(value, relayState, sealer)
        const bytes = prefix.length + relayState.length + (value?.length ?? 0)
        return { relayState, bytes, request: request && !isOver(request.issuedAt) ? request : undefined }
      }),
    )

  return {
    async issue(request, cookieHeader) {
      const relayState = random.bytes(4).toString('hex')
      const value = await sealer.seal({ relayState, ...request })
      const stale = surplus(await find(cookieHeader), prefix.length + relayState.length + value.length)
      return { relayState, setCookies: [setCookie(relayState, value, Math.ceil(lifetime())), ...stale.map(clear)] }
    },
    async read(cookieHeader, relayState) {
      return (await find(cookieHeader)).find((each) => each.relayState === relayState)?.request
    },
    async readAll(cookieHeader) {
      return (await find(cookieHeader)).flatMap(({ request }) => request ?? [])
    },
    clear,
  }
}

/** RelayStates of the cookies to take away, so that there is room for a new one of `bytes`. */
function surplus(found: readonly Found[], bytes: number): readonly string[] {
  const newestFirst = found.toSorted((a, b) => (b.request?.issuedAt ?? 0) - (a.request?.issuedAt ?? 0))
  let count = 1
  let total = bytes
  return newestFirst.flatMap((each) => {
    count += 1
    total += each.bytes
    return each.request !== undefined && count <= MAX_COOKIES && total <= MAX_BYTES ? [] : [each.relayState]
  })
}

async function readSealed(value: string, relayState: string, sealer: Sealer): Promise<SignInRequest | undefined> {
  const content = Content.safeParse(await sealer.open(value))
  if (!content.success || content.data.relayState !== relayState) return undefined
  const { relayState: _, issuedAt, ...rest } = content.data
  return { ...rest, issuedAt: instant(issuedAt) }
}

/**
 * The RelayStates in the names of a Cookie header with their values, each once; a value is undefined where two cookies
 * have the name. The package `cookie` would take the first of them, which a neighbouring host could have set.
 */
function namedValues(cookieHeader: string | undefined, prefix: string): [string, string | undefined][] {
  const values = new Map<string, string | undefined>()
  for (const pair of (cookieHeader ?? '').split(';')) {
    const equals = pair.indexOf('=')
    const name = (equals < 0 ? pair : pair.slice(0, equals)).trim()
    const relayState = name.slice(prefix.length)
    if (!name.startsWith(prefix) || !RELAY_STATE.test(relayState)) continue
    values.set(relayState, values.has(relayState) || equals < 0 ? undefined : pair.slice(equals + 1).trim())
  }
  return [...values]
}
