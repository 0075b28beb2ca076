/** Security headers of everything that the gateway answers itself; forwarded answers are left to their services. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/** Origins that the forms of one page may post to, besides our own. */
export interface PageNeeds {
  readonly formTargets?: readonly string[]
}

const apply = helmet({
  contentSecurityPolicy: false,
  crossOriginEmbedderPolicy: false,
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
})

/**
 * Sets helmet's headers, HSTS on https, `Cache-Control: no-store`, and a policy that allows our own style sheet and script
 * files and nothing else (OWASP ASVS 5.0 §3.4).
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  { secure, formTargets = [] }: PageNeeds & { readonly secure: boolean },
): void {
  apply(request, response, () => {})
  if (secure) response.setHeader('Strict-Transport-Security', 'max-age=31536000')
  response.setHeader('Content-Security-Policy', contentSecurityPolicy(formTargets))
  response.setHeader('Cache-Control', 'no-store')
}

function contentSecurityPolicy(formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}
