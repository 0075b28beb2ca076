/** Forwards one request and streams both ways. Trailers of a request end here; `Expect` is answered here. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { AnswerHandler, UpstreamRequest } from '../upstream/call.ts'
import { type AnswerRules, answer } from './answer.ts'
import { withoutChallenge } from './challenge.ts'
import { type Conclusion, concludedAnswer } from './concluded-answer.ts'
import { type ContentAnswerRules, contentAnswer } from './content/content-answer.ts'
import { itemizedAnswer } from './itemized-answer.ts'
import type { PassageItem } from './passage.ts'
import { bodyTooLarge, continueIfExpected, hasBody, requestBody } from './request-body.ts'
import type { Upstream } from './upstreams.ts'

export interface Forwarding extends AnswerRules {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly upstream: Upstream
  /** Path and query as the upstream sees them. */
  readonly path: string
  /** Name and value in turn. */
  readonly headers: readonly string[]
  /** Value of Host; undefined: the upstream's own. */
  readonly host: string | undefined
  /** Bytes; null = no limit. */
  readonly maxBody: number | null
  /** The body, where it was read before or is sent a second time; undefined: as it comes. */
  readonly body: Buffer | undefined
  /** The protocol to change to, or null. */
  readonly upgrade: 'websocket' | null
  /** What has to be done to the content of the answer; null: nothing. */
  readonly content: Pick<ContentAnswerRules, 'content' | 'statusOnly'> | null
  /** The objects of a bulk call of which some were left out; else empty. */
  readonly items: readonly PassageItem[]
  /** Called instead of passing on a 401; undefined where the service has no credential. */
  readonly challenged: (() => void) | undefined
  /** What has to be done before the answer is passed on; undefined: nothing. */
  readonly conclusion: Conclusion | undefined
}

/** Starts forwarding; everything after that happens in callbacks. */
export function forward(forwarding: Forwarding): void {
  const { req, upstream, path, headers, host, maxBody, upgrade, content, challenged, conclusion, answered } = forwarding
  const length = declaredLength(req)
  if (maxBody !== null && length !== undefined && length > maxBody) {
    forwarding.failed(bodyTooLarge(maxBody), true)
    return
  }
  const plain = answerHandler(forwarding)
  const handler = conclusion === undefined ? plain : concludedAnswer(plain, conclusion)
  upstream.pool.send(
    { path, method: methodOf(req, content !== null), headers, host, body: bodyOf(forwarding), length, upgrade },
    challenged === undefined ? handler : withoutChallenge(handler, { answered, challenged }),
  )
}

function answerHandler(forwarding: Forwarding): AnswerHandler {
  const { req, res, content, items } = forwarding
  if (items.length > 0) return itemizedAnswer(req, res, { ...forwarding, items, content: content?.content ?? null })
  return content === null ? answer(req, res, forwarding) : contentAnswer(req, res, { ...forwarding, ...content })
}

function bodyOf({ req, res, body, maxBody, idleSeconds, memory }: Forwarding): UpstreamRequest['body'] {
  if (body !== undefined) return body
  if (!hasBody(req)) return null
  return requestBody(req, { maxBytes: maxBody, idleSeconds, memory, wanted: () => continueIfExpected(req, res) })
}

/** Node has checked that it is a number, and the only one. */
function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** What a HEAD would be answered without its content cannot be known before the content is. */
function methodOf({ method = 'GET' }: IncomingMessage, hasContentRules: boolean): string {
  return hasContentRules && method === 'HEAD' ? 'GET' : method
}
