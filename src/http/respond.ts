/** The one way from an error code to an answer: a page for a reader, RFC 9457 problem+json for a program. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { ERRORS, type ErrorCode, type ErrorSpec } from '../core/errors.ts'
import { type Html, html } from '../core/html.ts'
import { textsFor } from './language.ts'
import { isPageNavigation, wantsHtml } from './negotiation.ts'
import { type Page, renderPage } from './page.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { ENGLISH } from './texts/en.ts'
import type { Texts } from './texts/texts.ts'

export interface ErrorContext {
  /** What the reader hands to his administrator; the request id where there is nothing better. */
  readonly reference?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Where a reader without a session goes on; path and query. */
  readonly signInUrl?: string | undefined
  /** More to read on the page, after the public sentence. */
  readonly more?: (texts: Texts) => Html
}

/** A page with what its answer needs besides. */
export interface Answer extends Page {
  readonly status?: number
  readonly formTargets?: readonly string[]
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
  /** Answers with the page that `make` makes in the reader's language. */
  page(request: IncomingMessage, response: ServerResponse, make: (texts: Texts) => Answer): void
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
  const sendPage = (
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    make: (texts: Texts) => Page,
  ): void => {
    const texts = textsFor(request)
    response.setHeader('Content-Language', texts.language)
    response.appendHeader('Vary', 'Accept-Language')
    send(request, response, status, 'text/html; charset=utf-8', renderPage(make(texts), texts.language))
  }
  return {
    error(request, response, code, context = {}) {
      setSecurityHeaders(request, response, { secure })
      const { status, retryAfter }: ErrorSpec = ERRORS[code]
      if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter)
      for (const [name, value] of Object.entries(context.headers ?? {})) response.setHeader(name, value)
      if (wantsHtml(request)) sendPage(request, response, status, (texts) => errorPage(code, context, texts))
      else send(request, response, status, 'application/problem+json', problemDocument(code, context))
    },
    status(request, response, status, { headers = {}, reference } = {}) {
      setSecurityHeaders(request, response, { secure })
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      if (status === 204 || status === 205) response.writeHead(status).end()
      else if (wantsHtml(request)) sendPage(request, response, status, (texts) => statusPage(status, reference, texts))
      else send(request, response, status, 'application/problem+json', statusDocument(status, reference))
    },
    page(request, response, make) {
      const { status = 200, formTargets = [], ...page } = make(textsFor(request))
      setSecurityHeaders(request, response, { secure, formTargets })
      sendPage(request, response, status, () => page)
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

function problemDocument(code: ErrorCode, { reference, signInUrl }: ErrorContext): string {
  const { status, title, public: detail }: ErrorSpec = ERRORS[code]
  const problem = { type: `urn:gatehouse:error:${code}`, title, status, code, detail }
  if (code === 'NOT_FOUND') return `${JSON.stringify(problem)}\n`
  return `${JSON.stringify({ ...problem, reference: reference ?? null, ...(signInUrl === undefined ? {} : { signIn: signInUrl }) })}\n`
}

/** Programs are told in English, as the contract has it. */
function statusDocument(status: number, reference: string | undefined): string {
  const { title, text: detail } = ENGLISH.serviceStatus
  const problem = { type: 'about:blank', title: title(status), status, detail, reference: reference ?? null }
  return `${JSON.stringify(problem)}\n`
}

function errorPage(code: ErrorCode, { reference, signInUrl, more }: ErrorContext, texts: Texts): Page {
  const { title, text } = texts.error(code)
  if (code === 'NOT_FOUND') return { title, body: html`<p>${text}</p>` }
  const body = html`<p>${text}</p>
${more === undefined ? null : more(texts)}
${signInUrl === undefined ? null : html`<p><a class="button" href="${signInUrl}">${texts.frame.signIn}</a></p>`}
${referenceLine(reference, texts)}`
  return { title, body }
}

function statusPage(status: number, reference: string | undefined, texts: Texts): Page {
  const { title, text } = texts.serviceStatus
  return {
    title: title(status),
    body: html`<p>${text}</p>
${referenceLine(reference, texts)}`,
  }
}

function referenceLine(reference: string | undefined, { frame }: Texts): Html | null {
  return reference === undefined ? null : html`<p class="reference">${frame.reference}: <code>${reference}</code></p>`
}
