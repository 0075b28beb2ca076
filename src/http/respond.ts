/** The one way from an error code to an answer: a page for a reader, RFC 9457 problem+json for a program. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { ERRORS, type ErrorCode, type ErrorSpec } from '../core/errors.ts'
import { type Html, html } from '../core/html.ts'
import { isPageNavigation, wantsHtml } from './negotiation.ts'
import { renderPage } from './page.ts'
import { setSecurityHeaders } from './security-headers.ts'

export interface ErrorContext {
  /** What the reader hands to his administrator; the request id where there is nothing better. */
  readonly reference?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Where a reader without a session goes on; path and query. */
  readonly signInUrl?: string | undefined
  /** More to read on the page, after the public sentence. */
  readonly more?: Html
}

export interface Respond {
  /** Answers with an error of the catalogue. NOT_FOUND is one constant body per representation: no reference, no id. */
  error(request: IncomingMessage, response: ServerResponse, code: ErrorCode, context?: ErrorContext): void
  /** Answers with the status of a service, in words of ours: problem details without a code (RFC 9457 §4.2.1). */
  status(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    context?: Pick<ErrorContext, 'reference' | 'headers'>,
  ): void
  /** Answers with a page. */
  page(
    request: IncomingMessage,
    response: ServerResponse,
    page: {
      status?: number
      title: string
      body: Html
      script?: string
      formTargets?: readonly string[]
      headers?: Readonly<Record<string, string>>
    },
  ): void
  /** Answers with JSON. */
  json(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    value: unknown,
    headers?: Readonly<Record<string, string>>,
  ): void
  /** Sends the browser to `location`. `headers` may hold Set-Cookie as a list. */
  redirect(
    response: ServerResponse,
    status: 302 | 303 | 308,
    location: string,
    headers?: Readonly<Record<string, string | readonly string[]>>,
  ): void
  /** Whether this is a page navigation that may be answered by a redirect to sign-in. */
  wantsPage(request: IncomingMessage): boolean
}

/** `secure`: whether the public URL is https. */
export function responder({ secure }: { secure: boolean }): Respond {
  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    type: string,
    body: string,
  ): void => {
    response.statusCode = status
    response.setHeader('Content-Type', type)
    response.setHeader('Content-Length', Buffer.byteLength(body))
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  return {
    error(request, response, code, context = {}) {
      setSecurityHeaders(request, response, { secure })
      const { status, retryAfter }: ErrorSpec = ERRORS[code]
      if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter)
      for (const [name, value] of Object.entries(context.headers ?? {})) response.setHeader(name, value)
      if (wantsHtml(request)) send(request, response, status, 'text/html; charset=utf-8', errorPage(code, context))
      else send(request, response, status, 'application/problem+json', problemDocument(code, context))
    },
    status(request, response, status, { headers = {}, reference } = {}) {
      setSecurityHeaders(request, response, { secure })
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      const title = STATUS_CODES[status] ?? 'Answer without content'
      if (status === 204 || status === 205) response.writeHead(status).end()
      else if (wantsHtml(request)) {
        const body = html`<p>${STATUS_TEXT}</p>
${reference === undefined ? null : html`<p class="reference">Reference: <code>${reference}</code></p>`}`
        send(request, response, status, 'text/html; charset=utf-8', renderPage({ title, body }))
      } else {
        const problem = { type: 'about:blank', title, status, detail: STATUS_TEXT, reference: reference ?? null }
        send(request, response, status, 'application/problem+json', `${JSON.stringify(problem)}\n`)
      }
    },
    page(request, response, { status = 200, formTargets = [], headers = {}, ...page }) {
      setSecurityHeaders(request, response, { secure, formTargets })
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      send(request, response, status, 'text/html; charset=utf-8', renderPage(page))
    },
    json(request, response, status, value, headers = {}) {
      setSecurityHeaders(request, response, { secure })
      for (const [name, each] of Object.entries(headers)) response.setHeader(name, each)
      send(request, response, status, 'application/json', `${JSON.stringify(value, null, 2)}\n`)
    },
    redirect(response, status, location, headers = {}) {
      for (const [name, value] of Object.entries(headers)) {
        response.setHeader(name, typeof value === 'string' ? value : [...value])
      }
      response.setHeader('Cache-Control', 'no-store')
      response.setHeader('Location', location)
      response.setHeader('Content-Length', 0)
      response.statusCode = status
      response.end()
    },
    wantsPage: isPageNavigation,
  }
}

const STATUS_TEXT = 'The service behind the gateway answered so. Its own words are not shown to you.'

function problemDocument(code: ErrorCode, { reference, signInUrl }: ErrorContext): string {
  const { status, title, public: detail }: ErrorSpec = ERRORS[code]
  const problem = { type: `urn:gatehouse:error:${code}`, title, status, code, detail }
  if (code === 'NOT_FOUND') return `${JSON.stringify(problem)}\n`
  return `${JSON.stringify({ ...problem, reference: reference ?? null, ...(signInUrl === undefined ? {} : { signIn: signInUrl }) })}\n`
}

function errorPage(code: ErrorCode, { reference, signInUrl, more }: ErrorContext): string {
  const { title, public: detail }: ErrorSpec = ERRORS[code]
  if (code === 'NOT_FOUND') return renderPage({ title, body: html`<p>${detail}</p>` })
  const body = html`<p>${detail}</p>
${more ?? null}
${signInUrl === undefined ? null : html`<p><a class="button" href="${signInUrl}">Sign in</a></p>`}
${reference === undefined ? null : html`<p class="reference">Reference: <code>${reference}</code></p>`}`
  return renderPage({ title, body })
}
