/**
 * The answer to a bulk call of which some items were left out (G-12, C-19): 207 with what became of each of them, and what
 * the service said about those that it was asked for.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

import { AppError, ERRORS, type ErrorCode, toAppError } from '../core/errors.ts'
import type { AnswerControl, AnswerHandler } from '../upstream/call.ts'
import type { AnswerRules } from './answer.ts'
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
export function itemizedAnswer(req: IncomingMessage, res: ServerResponse, rules: ItemizedAnswerRules): AnswerHandler {
  const held: Buffer[] = []
  let control: AnswerControl | undefined
  let header: readonly string[] = []
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
    started(given) {
      control = given
      res.once('close', () => {
        if (!res.writableFinished) given.abort(new Error('the client went away'))
      })
    },
    interim() {},
    switched(_raw, socket) {
      socket.on('error', () => {}).destroy()
      rules.failed(new AppError('UPSTREAM_INVALID', 'another protocol, which nobody asked for'), true)
    },
    begun(answered, raw) {
      status = answered
      header = raw
      rules.answered()
    },
    lull() {},
    received(chunk) {
      size += chunk.length
      if (size <= LONGEST_ANSWER) held.push(chunk)
      else control?.abort(new AppError('UPSTREAM_INVALID', 'the answer to a bulk call is too long'))
    },
    ended() {
      send(header).catch((error: unknown) => {
        if (!res.destroyed) rules.failed(toAppError(error), true)
      })
    },
    failed(error) {
      if (!res.headersSent && !res.destroyed) rules.failed(upstreamFailure(error), control !== undefined)
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
