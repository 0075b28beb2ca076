/** The pages of the demo identity provider. All of them work without script. */

import type { Response } from 'express'
import { type Html, html } from '../../core/html.ts'
import type { DemoAccount } from '../accounts.ts'
import { sendPage } from '../page.ts'

const KICKER = 'Demo identity provider'

/** Asks whom to sign in as, in answer to an AuthnRequest (its XML) of the gateway. */
export function sendChoice(
  response: Response,
  { accounts, message, relayState }: { accounts: readonly DemoAccount[]; message: string; relayState: string },
): void {
  const body = html`<p class="quiet">The gateway asks who you are. This provider has no passwords: choose somebody.</p>
<form method="post" action="/answer">
<input type="hidden" name="request" value="${Buffer.from(message).toString('base64')}">
<input type="hidden" name="relayState" value="${relayState}">
${people(accounts)}
</form>`
  sendPage(response, { title: 'Sign in as', kicker: KICKER, body })
}

/** The provider's own start page: signs in without having been asked, like a tile on a company's portal. */
export function sendTiles(response: Response, { accounts }: { accounts: readonly DemoAccount[] }): void {
  const body = html`<p class="quiet">Sign in from the provider's side, without a request of the gateway (an unsolicited response).</p>
<form method="post" action="/answer">
<label>Page to open afterwards (RelayState)
<input type="text" name="relayState" value="/flexnet/" maxlength="1000"></label>
${people(accounts)}
</form>
<section><h2>For service providers</h2><p>This provider's <a href="/metadata">metadata</a>.</p></section>`
  sendPage(response, { title: 'Start from the provider', kicker: KICKER, body })
}

/** Carries the Response to the assertion consumer service by the browser (SAML Bindings 2.0 §3.5). */
export function sendAnswer(
  response: Response,
  { acsUrl, samlResponse, relayState }: { acsUrl: string; samlResponse: string; relayState: string },
): void {
  const body = html`<p class="quiet">Your browser carries the answer back to the gateway.</p>
<form method="post" action="${acsUrl}">
<input type="hidden" name="SAMLResponse" value="${samlResponse}">
${relayState === '' ? null : html`<input type="hidden" name="RelayState" value="${relayState}">`}
<button type="submit">Go on to the gateway</button>
</form>`
  sendPage(response, {
    title: 'Signing in',
    kicker: KICKER,
    body,
    // The gateway may send the browser back with a request, or on to another of its hosts; form-action covers that, too.
    formAction: `'self' ${new URL(acsUrl).protocol}`,
    script: 'document.forms[0].submit()',
  })
}

/** Says why a request cannot be answered. */
export function sendProblem(response: Response, { status, detail }: { status: number; detail: string }): void {
  const body = html`<p>The demo identity provider cannot answer: ${detail}.</p>`
  sendPage(response, { title: 'This request cannot be answered', kicker: KICKER, body, status })
}

function people(accounts: readonly DemoAccount[]): Html {
  const buttons = accounts.map(
    ({ account, displayName, outcome }) =>
      html`<button type="submit" name="account" value="${account}">${displayName}<small>${account}</small><small>${outcome}</small></button>`,
  )
  return html`<div class="people">${buttons}</div>`
}
