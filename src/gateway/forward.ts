/** Forwards one request and streams both ways. Trailers of a request end here; `Expect` is answered here. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'

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
  readonly headers: string[]
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
  const { req, res, upstream, path, headers, maxBody, idleSeconds, memory, upgrade, content, challenged, conclusion } =
    forwarding
  if (maxBody !== null && Number(req.headers['content-length'] ?? 0) > maxBody) {
    forwarding.failed(bodyTooLarge(maxBody), true)
    return
  }
  const wanted = () => continueIfExpected(req, res)
  const options = {
    path,
    method: methodOf(req, content !== null),
    headers,
    body:
      forwarding.body ?? (hasBody(req) ? requestBody(req, { maxBytes: maxBody, idleSeconds, memory, wanted }) : null),
    ...(upstream.serverName === null ? {} : { servername: upstream.serverName }),
    ...(upgrade === null ? {} : { upgrade }),
  }
  const plain = answerHandler(forwarding)
  const handler = conclusion === undefined ? plain : concludedAnswer(plain, conclusion)
  const { answered } = forwarding
  upstream.pool.dispatch(
    options,
    challenged === undefined ? handler : withoutChallenge(handler, { answered, challenged }),
  )
}

function answerHandler(forwarding: Forwarding): Dispatcher.DispatchHandler {
  const { req, res, content, items } = forwarding
  if (items.length > 0) return itemizedAnswer(req, res, { ...forwarding, items, content: content?.content ?? null })
  return content === null ? answer(req, res, forwarding) : contentAnswer(req, res, { ...forwarding, ...content })
}

/** What a HEAD would be answered without its content cannot be known before the content is. */
function methodOf({ method = 'GET' }: IncomingMessage, hasContentRules: boolean): string {
  return hasContentRules && method === 'HEAD' ? 'GET' : method
}
