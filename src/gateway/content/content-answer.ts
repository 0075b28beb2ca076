/**
 * An answer with content obligations on its way to the client. Nothing is sent before a MiB of it is ready or all of it:
 * what is refused until then is a clean NOT_FILTERABLE; what is refused later breaks the connection off, so that it never
 * looks complete. A slow reader slows the upstream down, and whoever goes away ends the other side.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

import { toAppError } from '../../core/errors.ts'
import type { AnswerControl, AnswerHandler } from '../../upstream/call.ts'
import { type AnswerRules, destroyVisibly } from '../answer.ts'
import { patience } from '../patience.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { contentHeaders, statusHeaders } from './allowed-headers.ts'
import { type AnswerForm, answerForm } from './answer-form.ts'
import { decoded } from './decompress.ts'
import { filteredContent } from './filter-content.ts'
import { notFilterable } from './not-filterable.ts'
import type { ContentRules } from './rules.ts'

export interface ContentAnswerRules
  extends Pick<AnswerRules, 'idleSeconds' | 'memory' | 'answerHeaders' | 'failed' | 'brokenOff' | 'answered'> {
  readonly content: ContentRules
  /** Answers with this status and a body of our own: that of the upstream is not shown. */
  readonly statusOnly: (status: number, headers: Readonly<Record<string, string>>) => void
}

/** Bytes that are held back. */
const HELD_BACK = 1024 * 1024
/** Bytes of a body that nobody wants, read to keep the connection to the upstream. */
const MOST_UNWANTED = 64 * 1024

/** Hears the answer. The method that was asked for may be HEAD; that of the forwarded request is never. */
export function contentAnswer(req: IncomingMessage, res: ServerResponse, rules: ContentAnswerRules): AnswerHandler {
  let control: AnswerControl | undefined
  let body: Readable | undefined
  let unwanted = 0

  function refuse(error: unknown): void {
    if (!res.destroyed) rules.failed(toAppError(error), true)
    control?.abort(new Error('the answer is refused'))
  }
  function begin(status: number, raw: readonly string[]): void {
    const form = answerForm(status, raw, rules.content.format)
    if (form === undefined) {
      rules.statusOnly(status, statusHeaders(raw))
      return
    }
    body = bodyOf(control)
    const headers = rules.answerHeaders(status, contentHeaders(raw, form))
    const relax = rules.memory.strained()
    deliver(req, res, { body, form, rules, status, headers })
      .catch((error: unknown) => {
        body?.destroy()
        if (!res.headersSent) refuse(error)
        else if (!res.destroyed) {
          rules.brokenOff(toAppError(error))
          destroyVisibly(req, res)
        }
      })
      .finally(relax)
  }
  return {
    started(given) {
      control = given
      const abort = () => given.abort(new Error('the client went away'))
      if (res.destroyed) abort()
      else
        res.once('close', () => {
          if (!res.writableFinished) abort()
        })
    },
    // What comes before the answer says something of it.
    interim() {},
    switched(_raw, socket) {
      socket.on('error', () => {}).destroy()
      refuse(notFilterable('another protocol'))
    },
    begun(status, raw) {
      if (res.destroyed) return
      rules.answered()
      try {
        begin(status, raw)
      } catch (error) {
        refuse(error)
      }
    },
    lull() {},
    received(chunk) {
      rules.memory.passed(chunk.length)
      if (body !== undefined) {
        if (!body.destroyed && !body.push(chunk)) control?.pause()
        return
      }
      unwanted += chunk.length
      if (unwanted > MOST_UNWANTED) control?.abort(new Error('nobody wants the rest'))
    },
    ended() {
      body?.push(null)
    },
    failed(error) {
      if (body !== undefined) body.destroy(upstreamFailure(error))
      else if (!res.headersSent && !res.destroyed) rules.failed(upstreamFailure(error), control !== undefined)
    },
  }
}

function bodyOf(control: AnswerControl | undefined): Readable {
  const body = new Readable({
    read: () => control?.resume(),
    destroy(error, done) {
      control?.abort(new Error('the answer is not read on'))
      done(error)
    },
  })
  // Whoever reads it is told; an error without a reader is no accident.
  return body.on('error', () => {})
}

interface Delivery {
  readonly body: Readable
  readonly form: AnswerForm
  readonly rules: ContentAnswerRules
  readonly status: number
  /** Name and value in turn. */
  readonly headers: string[]
}

/** Sends what may be seen of a body. Rejects with what is wrong with it; the client may have part of it by then. */
async function deliver(req: IncomingMessage, res: ServerResponse, delivery: Delivery): Promise<void> {
  const { body, form, rules, status, headers } = delivery
  const isHead = req.method === 'HEAD'
  const reader = patience(rules.idleSeconds, () => res.destroy())
  const held: Buffer[] = []
  let size = 0
  res.once('close', reader.stop)
  for await (const part of filteredContent(decoded(body, form.coding), form, rules.content)) {
    if (res.destroyed) return
    size += part.length
    rules.memory.passed(part.length)
    if (isHead) continue
    if (size <= HELD_BACK) {
      held.push(part)
      continue
    }
    if (!res.headersSent) res.writeHead(status, headers)
    for (const each of [...held.splice(0), part]) {
      if (res.write(each)) continue
      reader.wait()
      await drained(res)
      reader.rest()
    }
  }
  if (res.destroyed) return
  if (!res.headersSent) res.writeHead(status, isHead ? headers : [...headers, 'Content-Length', String(size)])
  res.end(Buffer.concat(held))
  if (res.writableLength > 0) reader.wait()
}

/** Resolves when the client has taken what was written, or is gone. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}
