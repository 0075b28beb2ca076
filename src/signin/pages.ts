/** The pages of sign-in. Their texts are for the person who signs in; the true cause stands in the trace. */

import { type Html, html } from '../core/html.ts'
import { OWN_PREFIX } from '../core/names.ts'
import { hiddenForm, type Page } from '../http/page.ts'
import type { ActionText, Texts } from '../http/texts/texts.ts'
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
  { chooser }: Texts,
  providers: readonly Provider[],
  destination: { returnTo: string; handoff?: string | undefined },
  { offersGuest }: { offersGuest: boolean },
): Page {
  const choices = providers.map(
    ({ config }) =>
      html`<li><a class="button" href="${loginUrl({ ...destination, provider: config.id })}">${config.displayName}</a></li>`,
  )
  return {
    title: chooser.title,
    body: html`<p>${chooser.text}</p><ul class="choices">${choices}</ul>
${offersGuest && guestForm(chooser, destination)}`,
    script: 'keep-fragment.js',
  }
}

function guestForm(
  { guest, guestButton }: Texts['chooser'],
  { returnTo, handoff }: { returnTo: string; handoff?: string | undefined },
): Html {
  const fields = { return_to: returnTo, ...(handoff === undefined ? {} : { handoff }) }
  return html`<p>${guest}</p>
${hiddenForm({ action: `${OWN_PREFIX}guest`, fields, button: guestButton })}`
}

/** Carries an AuthnRequest to the provider by POST (SAML Bindings 2.0 §3.5.4). */
export function postBindingPage({ onTheWay }: Texts, action: string, fields: Readonly<Record<string, string>>): Page {
  return sendingPage(onTheWay, action, fields)
}

/** The answer came without the cookies that belong to it: it is sent once more, from our own page. */
export function repostPage({ onTheWayBack }: Texts, fields: Readonly<Record<string, string>>): Page {
  return sendingPage(onTheWayBack, `${OWN_PREFIX}saml/acs`, fields)
}

function sendingPage(
  { title, text, button }: ActionText,
  action: string,
  fields: Readonly<Record<string, string>>,
): Page {
  return {
    title,
    body: html`<p>${text}</p>
${hiddenForm({ action, fields, button })}`,
    script: 'submit.js',
  }
}

/** An unsolicited answer for one operator while another is signed in. */
export function confirmPage(
  { confirm }: Texts,
  fields: Readonly<Record<string, string>>,
  accounts: { now: string; next: string },
): Page {
  return {
    title: confirm.title,
    body: html`<p>${confirm.text(accounts)}</p>
${hiddenForm({ action: `${OWN_PREFIX}saml/acs`, fields, button: confirm.change(accounts.next) })}
<p><a href="${OWN_PREFIX}session">${confirm.stay(accounts.now)}</a></p>`,
  }
}

/** Three sign-ins in half a minute: the browser does not keep the session cookie, or something sends it round in circles. */
export function loopPage(
  { loop }: Texts,
  { secure, host, returnTo }: { secure: boolean; host: string; returnTo: string },
): Page {
  const causes = loop.causes({ host, origin: `${secure ? 'https' : 'http'}://${host}` })
  return {
    title: loop.title,
    body: html`<p>${loop.text}</p>
<ul>
${causes.map((cause) => html`<li>${cause}</li>\n`)}</ul>
<p><a class="button" href="${returnTo}">${loop.button}</a></p>`,
  }
}

export function signedOutPage({ signedOut: { title, text, button } }: Texts): Page {
  return {
    title,
    body: html`<p>${text}</p>
<p><a class="button" href="${OWN_PREFIX}login">${button}</a></p>`,
  }
}

export function signOutPage({ signOut: { title, text, button } }: Texts): Page {
  return { title, body: html`<p>${text}</p>${hiddenForm({ action: `${OWN_PREFIX}logout`, fields: {}, button })}` }
}

/** A way to begin again, below the text of a refusal. */
export function startAgain(returnTo: string | undefined): (texts: Texts) => Html {
  return ({ frame }) =>
    html`<p><a class="button" href="${loginUrl(returnTo === undefined ? {} : { returnTo })}">${frame.startAgain}</a></p>`
}
