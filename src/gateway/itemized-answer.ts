/**
 * The answer to a bulk call of which some items were left out (G-12, C-19): 207 with what became of each of them, and what
 * the service said about those that it was asked for.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

import { AppError, ERRORS, type ErrorCode, toAppError } from '../core/errors.ts'
import { type AnswerRules, rawText } from './answer.ts'
import { contentHeaders } from './content/allowed-headers.ts'
import { answerForm } from './content/answer-form.ts'
import { decoded } from './content/decompress.ts'
import { filteredContent } from './content/filter-content.ts'
import { type ContentRules, NO_RULES } from './content/rules.ts'
import type { PassageItem } from './passage.ts'
import { upstreamFailure } from './upstream-failure.ts'

export interface ItemizedAnswerRules extends Pick<AnswerRules, 'answerHeaders' | 'failed' | 'answered'> {
  /** At least one of them was left out. */
  readonly items: readonly PassageItem[]
  /** What has to be done to the content of the answer; null: nothing. */
  readonly content: ContentRules | null
}

/** An answer that is longer is refused: it has to be told together with what was left out. */
const LONGEST_ANSWER = 1024 * 1024

/** Handles one dispatched request; the client gets nothing before the upstream's answer is whole. */
export function itemizedAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  rules: ItemizedAnswerRules,
): Dispatcher.DispatchHandler {
  const held: Buffer[] = []
  let connected = false
  let status = 0
  let size = 0

  async function send(raw: readonly string[]): Promise<void> {
    const answer = await answerText(status, raw, { body: Buffer.concat(held), content: rules.content })
    const text = `{"items":${JSON.stringify(rules.items.map((item) => described(item, status)))},"answer":${answer}}\n`
    const headers = rules.answerHeaders(207, [...contentHeaders(raw, { type: 'application/json' }), ...cookies(raw)])
    if (res.destroyed) return
    res.writeHead(207, [...headers, 'Content-Length', String(Buffer.byteLength(text))])
    res.end(req.method === 'HEAD' ? undefined : text)
  }
  function cookies(raw: readonly string[]): readonly string[] {
    if (rules.content !== null) return []
    return raw.flatMap((name, index) =>
      index % 2 === 0 && name.toLowerCase() === 'set-cookie' ? [name, raw[index + 1] ?? ''] : [],
    )
  }
  return {
    onRequestStart(controller) {
      connected = true
      res.once('close', () => {
        if (!res.writableFinished) controller.abort(new Error('the client went away'))
      })
    },
    onRequestUpgrade(_controller, _status, _headers, socket) {
      socket.on('error', () => {}).destroy()
      rules.failed(new AppError('UPSTREAM_INVALID', 'another protocol, which nobody asked for'), true)
    },
    onResponseStart(_controller, answered) {
      if (answered < 200) return
      status = answered
      rules.answered()
    },
    onResponseData(controller, chunk) {
      size += chunk.length
      if (size <= LONGEST_ANSWER) held.push(chunk)
      else controller.abort(new AppError('UPSTREAM_INVALID', 'the answer to a bulk call is too long'))
    },
    onResponseEnd(controller) {
      send(rawText(controller.rawHeaders)).catch((error: unknown) => {
        if (!res.destroyed) rules.failed(toAppError(error), true)
      })
    },
    onResponseError(_controller, error) {
      if (!res.headersSent && !res.destroyed) rules.failed(upstreamFailure(error), connected)
    },
  }
}

/** What the service does not know and what may not be seen look alike here too. */
function described({ object, refused }: PassageItem, status: number): object {
  const code = refused ?? (status === 404 || status === 410 ? 'NOT_FOUND' : null)
  return code === null ? { ...object, status } : { ...object, ...problem(code) }
}

function problem(code: ErrorCode): object {
  const { status, title, public: detail } = ERRORS[code]
  return { status, code, title, detail }
}

/** The JSON that the upstream answered with 2xx, or null. Throws NOT_FILTERABLE where its content has obligations that cannot be met. */
async function answerText(
  status: number,
  raw: readonly string[],
  { body, content }: { body: Buffer; content: ContentRules | null },
): Promise<string> {
  if (status < 200 || status > 299 || body.length === 0) return 'null'
  try {
    const form = answerForm(status === 201 ? 201 : 200, raw, 'json')
    if (form === undefined) return 'null'
    const parts: Buffer[] = []
    const plain = decoded(Readable.from([body]), form.coding)
    for await (const part of filteredContent(plain, form, content ?? NO_RULES)) parts.push(part)
    return Buffer.concat(parts).toString('utf8')
  } catch (error) {
    // Without obligations, what is no JSON is left out, not refused: the service has done what it was asked for.
    if (content === null && error instanceof AppError && error.code === 'NOT_FILTERABLE') return 'null'
    throw error
  }
}
