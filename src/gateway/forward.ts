/**
 * Forwards one request and streams both ways. A slow reader slows the writer down; whoever goes away ends the other side.
 * Trailers and interim (1xx) answers of the upstream are left out.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Dispatcher, errors } from 'undici'

import { AppError } from '../core/errors.ts'
import { bodyTooLarge, hasBody, requestBody } from './request-body.ts'
import type { Upstream } from './upstreams.ts'

export interface Forwarding {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly upstream: Upstream
  /** Path and query as the upstream sees them. */
  readonly path: string
  /** Name and value in turn. */
  readonly headers: string[]
  /** Bytes; null = no limit. */
  readonly maxBody: number | null
  /** The header to answer with; from and as name and value in turn. */
  readonly answerHeaders: (status: number, raw: readonly string[]) => string[]
  /** Called at most once, while nothing is sent yet: BODY_TOO_LARGE, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_INVALID. */
  readonly failed: (error: AppError) => void
  /** Called when the upstream breaks off an answer under way; the client's connection is destroyed. */
  readonly brokenOff: (error: AppError) => void
}

/** Starts forwarding; everything after that happens in callbacks. */
export function forward({ req, res, upstream, path, headers, maxBody, ...rest }: Forwarding): void {
  if (maxBody !== null && Number(req.headers['content-length'] ?? 0) > maxBody) {
    rest.failed(bodyTooLarge(maxBody))
    return
  }
  const options = {
    path,
    method: req.method ?? 'GET',
    headers,
    body: hasBody(req) ? requestBody(req, maxBody) : null,
    ...(upstream.serverName === null ? {} : { servername: upstream.serverName }),
  }
  upstream.pool.dispatch(options, answer(req, res, rest))
}

/** What to call a failure of the upstream. */
export function upstreamFailure(error: Error): AppError {
  if (error instanceof AppError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (TIMEOUTS.has(code)) return new AppError('UPSTREAM_TIMEOUT', code, { cause: error })
  if (MALFORMED.has(code) || error instanceof errors.HTTPParserError)
    return new AppError('UPSTREAM_INVALID', code, { cause: error })
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new AppError('INTERNAL', 'the request cannot be put to the upstream', { cause: error })
  }
  return new AppError('UPSTREAM_UNREACHABLE', code, { cause: error })
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
const MALFORMED = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
])

const SHORT_BYTES = 4096

/** The upstream's answer on its way to the client. */
function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { answerHeaders, failed, brokenOff }: Pick<Forwarding, 'answerHeaders' | 'failed' | 'brokenOff'>,
): Dispatcher.DispatchHandler {
  /** Bytes that are still to come; infinite when the upstream named no length. */
  let missing = Number.POSITIVE_INFINITY
  let silent = true
  return {
    onRequestStart(controller) {
      const abort = () => controller.abort(new Error('the client went away'))
      if (res.destroyed) abort()
      else
        res.once('close', () => {
          if (!res.writableFinished) abort()
        })
    },
    onResponseStart(controller, status) {
      if (status < 200 || res.destroyed) return
      const raw = textHeaders(controller.rawHeaders)
      missing = contentLength(raw)
      res.writeHead(status, answerHeaders(status, raw))
      // Mostly the body comes along in this very turn, and leaves with the header; else the header must not wait for it.
      process.nextTick(() => {
        if (silent && !res.destroyed) res.flushHeaders()
      })
    },
    onResponseData(controller, chunk) {
      if (res.destroyed) return
      silent = false
      missing -= chunk.length
      // Ending with the last chunk saves a write, and the wait for the upstream to finish.
      if (missing <= 0) endWith(res, chunk)
      else if (!res.write(chunk)) {
        controller.pause()
        res.once('drain', () => controller.resume())
      }
    },
    onResponseEnd() {
      silent = false
      if (!res.writableEnded && !res.destroyed) res.end()
    },
    onResponseError(_controller, error) {
      if (res.destroyed || res.writableEnded) return
      if (!res.headersSent) failed(upstreamFailure(error))
      else {
        brokenOff(upstreamFailure(error))
        destroyVisibly(req, res)
      }
    },
  }
}

function textHeaders(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  return Array.isArray(raw) ? raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}

function contentLength(raw: readonly string[]): number {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.length === 14 && raw[index]?.toLowerCase() === 'content-length') return Number(raw[index + 1])
  }
  return Number.POSITIVE_INFINITY
}

/** Node writes a short text together with the header, in one piece; latin1 gives every byte back as it was. */
function endWith(res: ServerResponse, chunk: Buffer): void {
  if (chunk.length <= SHORT_BYTES) res.end(chunk.toString('latin1'), 'latin1')
  else res.end(chunk)
}

/** An HTTP/1.0 client takes a plain close for the end of the body: its connection is reset instead. */
function destroyVisibly({ httpVersion, socket }: IncomingMessage, res: ServerResponse): void {
  if (httpVersion === '1.1' || 'encrypted' in socket) res.destroy()
  else socket.resetAndDestroy()
}
