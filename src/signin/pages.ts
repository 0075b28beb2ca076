/** The pages of sign-in. Their texts are for the person who signs in; the true cause stands in the trace. */

import { type Html, html } from '../core/html.ts'
import { OWN_PREFIX } from '../core/names.ts'
import { hiddenForm, type Page } from '../http/page.ts'
import type { Provider } from './saml/model.ts'

/** The address that starts a sign-in; path and query. */
export function loginUrl({
  returnTo,
  provider,
  handoff,
}: {
  returnTo?: string
  provider?: string
  handoff?: string | undefined
}): string {
  const query = new URLSearchParams()
  if (returnTo !== undefined) query.set('return_to', returnTo)
  if (provider !== undefined) query.set('idp', provider)
  if (handoff !== undefined) query.set('handoff', handoff)
  return `${OWN_PREFIX}login${query.size === 0 ? '' : `?${query}`}`
}

/** Several providers and none named, or a service that admits guests: a choice. */
export function chooserPage(
  providers: readonly Provider[],
  destination: { returnTo: string; handoff?: string | undefined },
  { offersGuest }: { offersGuest: boolean },
): Page {
  const choices = providers.map(
    ({ config }) =>
      html`<li><a class="button" href="${loginUrl({ ...destination, provider: config.id })}">${config.displayName}</a></li>`,
  )
  return {
    title: 'Sign in',
    body: html`<p>Choose where your account is.</p><ul class="choices">${choices}</ul>
${offersGuest && guestForm(destination)}`,
    script: 'keep-fragment.js',
  }
}

function guestForm({ returnTo, handoff }: { returnTo: string; handoff?: string | undefined }): Html {
  const fields = { return_to: returnTo, ...(handoff === undefined ? {} : { handoff }) }
  return html`<p>Without an account you may look around for up to an hour.</p>
${hiddenForm({ action: `${OWN_PREFIX}guest`, fields, button: 'Continue as guest' })}`
}

/** Carries an AuthnRequest to the provider by POST (SAML Bindings 2.0 §3.5.4). */
export function postBindingPage(action: string, fields: Readonly<Record<string, string>>): Page {
  return {
    title: 'Going to your identity provider',
    body: html`<p>If nothing happens, press the button.</p>${hiddenForm({ action, fields, button: 'Go on' })}`,
    script: 'submit.js',
  }
}

/** The answer came without the cookies that belong to it: it is sent once more, from our own page. */
export function repostPage(fields: Readonly<Record<string, string>>): Page {
  return {
    title: 'Signing in',
    body: html`<p>If nothing happens, press the button.</p>
${hiddenForm({ action: `${OWN_PREFIX}saml/acs`, fields, button: 'Go on' })}`,
    script: 'submit.js',
  }
}

/** An unsolicited answer for one operator while another is signed in. */
export function confirmPage(fields: Readonly<Record<string, string>>, accounts: { now: string; next: string }): Page {
  return {
    title: 'Change the account?',
    body: html`<p>You are signed in here as <strong>${accounts.now}</strong>. Your identity provider sent you as <strong>${accounts.next}</strong>.</p>
${hiddenForm({ action: `${OWN_PREFIX}saml/acs`, fields, button: `Sign in as ${accounts.next}` })}
<p><a href="${OWN_PREFIX}session">Stay signed in as ${accounts.now}</a></p>`,
  }
}

/** Three sign-ins in half a minute: the browser does not keep the session cookie, or something sends it round in circles. */
export function loopPage({ secure, host, returnTo }: { secure: boolean; host: string; returnTo: string }): Page {
  return {
    title: 'Sign-in keeps starting over',
    body: html`<p>This browser signed in three times within half a minute and came back each time without its session.
The likely cause: <strong>the session cookie is not kept.</strong></p>
<ul>
<li>Cookies are blocked for <code>${host}</code> in this browser, or a private window or an extension drops them.</li>
<li>The page was opened under another address than <code>${secure ? 'https' : 'http'}://${host}</code>, which is the one that cookies are set for.</li>
<li>A proxy in front of the gateway removes <code>Set-Cookie</code> or <code>Cookie</code> headers.</li>
</ul>
<p><a class="button" href="${returnTo}">Try once more</a></p>`,
  }
}

export const signedOutPage: Page = {
  title: 'Signed out',
  body: html`<p>Your session here has ended. Your identity provider may still know you.</p>
<p><a class="button" href="${OWN_PREFIX}login">Sign in again</a></p>`,
}

export const signOutPage: Page = {
  title: 'Sign out',
  body: html`<p>Do you want to end your session here?</p>${hiddenForm({ action: `${OWN_PREFIX}logout`, fields: {}, button: 'Sign out' })}`,
}

/** A way to begin again, below the text of a refusal. */
export function startAgain(returnTo: string | undefined): Html {
  return html`<p><a class="button" href="${loginUrl(returnTo === undefined ? {} : { returnTo })}">Start again</a></p>`
}
