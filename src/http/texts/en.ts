/** Our pages in English; the texts of errors are those of the catalogue. */

import { STATUS_CODES } from 'node:http'
import { ERRORS } from '../../core/errors.ts'
import { html } from '../../core/html.ts'
import type { Texts } from './texts.ts'

const AUTOMATIC = { text: 'If nothing happens, press the button.', button: 'Go on' }

export const ENGLISH: Texts = {
  language: 'en',
  error: (code) => ({ title: ERRORS[code].title, text: ERRORS[code].public }),
  frame: { signIn: 'Sign in', reference: 'Reference', startAgain: 'Start again' },
  serviceStatus: {
    title: (status) => STATUS_CODES[status] ?? 'Answer without content',
    text: 'The service behind the gateway answered so. Its own words are not shown to you.',
  },
  chooser: {
    title: 'Sign in',
    text: 'Choose where your account is.',
    guest: 'Without an account you may look around for up to an hour.',
    guestButton: 'Continue as guest',
  },
  onTheWay: { title: 'Going to your identity provider', ...AUTOMATIC },
  onTheWayBack: { title: 'Signing in', ...AUTOMATIC },
  confirm: {
    title: 'Change the account?',
    text: ({ now, next }) =>
      html`You are signed in here as <strong>${now}</strong>. Your identity provider sent you as <strong>${next}</strong>.`,
    change: (next) => `Sign in as ${next}`,
    stay: (now) => `Stay signed in as ${now}`,
  },
  loop: {
    title: 'Sign-in keeps starting over',
    text: html`This browser signed in three times within half a minute and came back each time without its session.
The likely cause: <strong>the session cookie is not kept.</strong>`,
    causes: ({ host, origin }) => [
      html`Cookies are blocked for <code>${host}</code> in this browser, or a private window or an extension drops them.`,
      html`The page was opened under another address than <code>${origin}</code>, which is the one that cookies are set for.`,
      html`A proxy in front of the gateway removes <code>Set-Cookie</code> or <code>Cookie</code> headers.`,
    ],
    button: 'Try once more',
  },
  signedOut: {
    title: 'Signed out',
    text: 'Your session here has ended. Your identity provider may still know you.',
    button: 'Sign in again',
  },
  signOut: { title: 'Sign out', text: 'Do you want to end your session here?', button: 'Sign out' },
  session: {
    title: 'Your session',
    rows: {
      account: 'Signed in as',
      name: 'Name',
      email: 'E-mail',
      provider: 'Identity provider',
      signedIn: 'Signed in',
      lastAction: 'Last action',
      end: 'Ends',
      decidedBy: 'Decided by',
    },
    end: (time, left) => `${time}, in ${left}`,
    decidedBy: {
      timeout: 'the time-out after the last action',
      'session-not-on-or-after': 'the identity provider',
      idle: 'the longest time without an action',
      absolute: 'the longest time of any session',
    },
    roles: 'Roles',
    noRole: 'No role is assigned to you yet.',
    onService: (service) => ` on ${service}`,
    givenByProvider: ' (given by the identity provider)',
    withAccount: 'Sign in with an account',
  },
}
