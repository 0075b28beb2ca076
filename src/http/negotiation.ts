/** What kind of answer a client wants: read from Accept (RFC 9110 §12.5.1) and Fetch Metadata. */

import type { IncomingMessage } from 'node:http'
import Negotiator from 'negotiator'

/** Whether an HTML page is the fitting answer: the client prefers HTML to JSON, and no script asked. */
export function wantsHtml(request: IncomingMessage): boolean {
  const mode = request.headers['sec-fetch-mode']
  if (mode !== undefined && mode !== 'navigate') return false
  if (request.headers['x-requested-with'] !== undefined) return false
  const accept = request.headers.accept
  if (accept === undefined || !/text\/html|application\/xhtml\+xml/i.test(accept)) return false
  return new Negotiator(request).mediaType(['text/html', 'application/json']) === 'text/html'
}

/** Whether this is a page navigation that may be sent to sign in by redirect: GET or HEAD that wants a page. */
export function isPageNavigation(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && wantsHtml(request)
}
