/** Tokens of a FlexNet licence server: fetched with user and password, kept until shortly before they expire. */

import { z } from 'zod'

import { AppError } from '../core/errors.ts'
import type { Clock } from '../core/time.ts'
import { wholeAnswer } from '../upstream/whole-answer.ts'
import type { Credential } from './credential.ts'
import { upstreamFailure } from './upstream-failure.ts'
import type { Upstream } from './upstreams.ts'

/** `expires` is an ISO 8601 time or milliseconds since 1970. */
const Authorized = z.object({
  token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  expires: z
    .union([
      z
        .string()
        .max(64)
        .transform((text) => Date.parse(text)),
      z.number(),
    ])
    .pipe(z.number()),
})

interface Token {
  readonly value: string
  /** Milliseconds since 1970; from then on a new one is fetched. */
  readonly renewAt: number
}

/** A token is renewed so long before it expires, or at half of a shorter life. */
const RENEW_BEFORE_MILLISECONDS = 60_000
const MOST_ANSWER_BYTES = 65_536

/** One token per upstream. Who asks while one is being fetched waits for the same. */
export function flexnetAuthorize({
  username,
  password,
  authorizePath,
  timeoutSeconds,
  clock,
}: {
  username: string
  password: string
  /** Below the upstream's URL. */
  authorizePath: string
  timeoutSeconds: number
  clock: Clock
}): Credential {
  const tokens = new WeakMap<Upstream, Token>()
  const underWay = new WeakMap<Upstream, Promise<string>>()
  const body = JSON.stringify({ user: username, password })

  async function fetchToken(upstream: Upstream): Promise<string> {
    const { token, expires } = parse(
      await post(upstream, { path: upstream.basePath + authorizePath, body, timeoutSeconds }),
    )
    const now = clock.now()
    const value = `Bearer ${token}`
    tokens.set(upstream, { value, renewAt: expires - Math.min(RENEW_BEFORE_MILLISECONDS, (expires - now) / 2) })
    return value
  }

  return {
    authorization(upstream) {
      const known = tokens.get(upstream)
      if (known !== undefined && clock.now() < known.renewAt) return known.value
      const mine = underWay.get(upstream) ?? fetchToken(upstream).finally(() => underWay.delete(upstream))
      underWay.set(upstream, mine)
      return mine
    },
    refused(upstream, value) {
      // Not one that another request has fetched meanwhile.
      if (tokens.get(upstream)?.value === value) tokens.delete(upstream)
    },
  }
}

async function post(
  { pool }: Upstream,
  { path, body, timeoutSeconds }: { path: string; body: string; timeoutSeconds: number },
): Promise<string> {
  const headers = ['Content-Type', 'application/json', 'Accept', 'application/json']
  const request = { method: 'POST', path, headers, host: undefined, upgrade: null, length: undefined }
  const answer = await wholeAnswer(
    pool,
    { ...request, body: Buffer.from(body) },
    { mostBytes: MOST_ANSWER_BYTES, seconds: timeoutSeconds },
  ).catch((error: Error) => {
    throw upstreamFailure(error)
  })
  if (answer.status === 200) return answer.body.toString()
  throw new AppError('CREDENTIAL_REFUSED', `the authorization was answered ${answer.status}`)
}

function parse(text: string): z.output<typeof Authorized> {
  const authorized = Authorized.safeParse(json(text))
  if (!authorized.success) throw new AppError('UPSTREAM_INVALID', 'an authorization without token and expires')
  return authorized.data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
