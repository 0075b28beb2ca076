/** A real browser for the tests in this folder, and what it did: the pages it asked for, the policies it saw broken. */

import { createHash, X509Certificate } from 'node:crypto'
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'

/** How long one step may take on a busy machine. */
const STEP_TIMEOUT_MILLISECONDS = 15_000

export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** Every answered request for a page with this method below this URL, oldest first, as it went over the wire. */
  sent(method: 'GET' | 'POST', url: string): Promise<readonly SentRequest[]>
  /** What the browser said of a Content-Security-Policy that a page broke. */
  readonly violations: readonly string[]
}

export interface VisitorOptions {
  readonly javaScriptEnabled?: boolean
  /** The language that the browser asks for, such as `de-DE`. */
  readonly locale?: string
}

export interface SentRequest {
  readonly url: string
  /** Names in lower case; `cookie` among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
}

/**
 * Starts Chromium with a profile of its own. `hosts` gives `127.0.0.1` ports by https host name, and no other host is
 * found; `certificate` (PEM) is trusted as if a known authority had signed it.
 */
export function launchChromium({
  executable,
  hosts,
  certificate,
}: {
  executable: string
  hosts: Readonly<Record<string, number>>
  certificate: string
}): Promise<Browser> {
  const rules = Object.entries(hosts).map(([host, port]) => `MAP ${host}:443 127.0.0.1:${port}`)
  return chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND'].join(',')}`,
      `--ignore-certificate-errors-spki-list=${publicKeyHash(certificate)}`,
    ],
  })
}

/** A window without cookies. */
export async function openVisitor(browser: Browser, options: VisitorOptions = {}): Promise<Visitor> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(STEP_TIMEOUT_MILLISECONDS)
  const page = await context.newPage()
  const requests: Request[] = []
  const violations: string[] = []
  context.on('request', (request) => {
    if (request.isNavigationRequest()) requests.push(request)
  })
  context.on('console', (message) => {
    if (/content.security.policy/i.test(message.text())) violations.push(message.text())
  })
  return {
    page,
    context,
    violations,
    async sent(method, url) {
      const found = requests.filter((request) => request.method() === method && request.url().startsWith(url))
      const answered = await Promise.all(
        found.map(async (request) => {
          const response = await request.response()
          return response === null
            ? []
            : { url: request.url(), headers: await request.allHeaders(), status: response.status() }
        }),
      )
      return answered.flat()
    },
  }
}

/** SHA-256 of the SubjectPublicKeyInfo, base64. */
function publicKeyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
