/** Fetches metadata from an identity provider's URL, within limits. */

import { errorFields, type Log } from '../../core/log.ts'
import { failed, ok, type Result } from '../../core/result.ts'
import type { Seconds } from '../../core/time.ts'
import { MAX_METADATA_BYTES } from './metadata.ts'

/** What this file uses of a fetch answer. */
export interface FetchAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** The part of the Fetch standard that is used here; undici's `fetch` is one. */
export type Fetch = (
  url: string,
  options: { redirect: 'manual'; signal: AbortSignal; headers: Record<string, string> },
) => Promise<FetchAnswer>

const MAX_REDIRECTS = 3
const REDIRECTS = new Set([301, 302, 307])

export interface FetchMetadataParts {
  readonly fetch: Fetch
  readonly log: Log
  /** For the whole exchange with all redirects. */
  readonly deadline: Seconds
  /** Gives up when aborted. */
  readonly signal: AbortSignal
}

/**
 * The document at `url`, at most 5 MiB of UTF-8, after at most three redirects (301, 302, 307), each to https
 * (IIP-MD02). Otherwise one line that says why not.
 */
export async function fetchMetadata(
  url: string,
  { fetch, log, deadline, signal }: FetchMetadataParts,
): Promise<Result<string, string>> {
  // Aborting at the end gives back the connection of an answer that was not read to its end.
  const finished = new AbortController()
  const signals = AbortSignal.any([signal, finished.signal, AbortSignal.timeout(deadline * 1000)])
  try {
    return await follow(url, (target) =>
      fetch(target, {
        redirect: 'manual',
        signal: signals,
        headers: { accept: 'application/samlmetadata+xml, */*;q=0.5' },
      }),
    )
  } catch (error) {
    log.debug('metadata.fetch-failed', { url, ...errorFields(error) })
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    if (timedOut) return failed(`no complete answer within ${deadline} seconds`)
    return failed(`${error instanceof Error ? error.message : String(error)}${cause}`)
  } finally {
    finished.abort()
  }
}

async function follow(url: string, get: (target: string) => Promise<FetchAnswer>): Promise<Result<string, string>> {
  let target = url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await get(target)
    if (answer.status === 200) return readBody(answer)
    if (!REDIRECTS.has(answer.status)) return failed(`answered with status ${answer.status}`)
    const next = URL.parse(answer.headers.get('location') ?? '', target)
    if (next === null || answer.headers.get('location') === null) return failed('redirected without a usable Location')
    if (next.protocol !== 'https:') return failed(`redirected to ${next.origin}, which is not https`)
    target = next.href
  }
  return failed(`redirected more than ${MAX_REDIRECTS} times`)
}

async function readBody(answer: FetchAnswer): Promise<Result<string, string>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    if (length > MAX_METADATA_BYTES) return failed('answered with more than 5 MiB')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return failed('answered with text that is not UTF-8')
  }
}
