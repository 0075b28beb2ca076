/** What our own pages say, one catalogue for each language: a text that one of them lacks does not compile. */

import type { ErrorCode } from '../../core/errors.ts'
import type { Html } from '../../core/html.ts'

/** Heading and sentence of a page. */
export interface PageText {
  readonly title: string
  readonly text: string
}

/** A page with one button. */
export interface ActionText extends PageText {
  readonly button: string
}

export interface Texts {
  /** As in `lang` and Content-Language (RFC 5646). */
  readonly language: 'en' | 'de'
  /** Of the error page; the sentence is what the client may know. */
  readonly error: (code: ErrorCode) => PageText
  readonly frame: { readonly signIn: string; readonly reference: string; readonly startAgain: string }
  /** A service's answer in words of ours. */
  readonly serviceStatus: { readonly title: (status: number) => string; readonly text: string }
  readonly chooser: PageText & { readonly guest: string; readonly guestButton: string }
  /** Forms that send themselves, where script runs. */
  readonly onTheWay: ActionText
  readonly onTheWayBack: ActionText
  readonly confirm: {
    readonly title: string
    readonly text: (accounts: { readonly now: string; readonly next: string }) => Html
    readonly change: (next: string) => string
    readonly stay: (now: string) => string
  }
  readonly loop: {
    readonly title: string
    readonly text: Html
    /** `origin` is the one that cookies are set for. */
    readonly causes: (own: { readonly host: string; readonly origin: string }) => readonly Html[]
    readonly button: string
  }
  readonly signedOut: ActionText
  readonly signOut: ActionText
  readonly session: SessionTexts
}

export interface SessionTexts {
  readonly title: string
  readonly rows: {
    readonly account: string
    readonly name: string
    readonly email: string
    readonly provider: string
    readonly signedIn: string
    readonly lastAction: string
    readonly end: string
    readonly decidedBy: string
  }
  readonly end: (time: string, left: string) => string
  readonly decidedBy: {
    readonly timeout: string
    readonly 'session-not-on-or-after': string
    readonly idle: string
    readonly absolute: string
  }
  readonly roles: string
  readonly noRole: string
  readonly onService: (service: string) => string
  readonly givenByProvider: string
  readonly withAccount: string
}
