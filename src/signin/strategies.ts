/**
 * Passport, in one file. The assertion consumer runs through @node-saml/passport-saml's own AbstractStrategy, whose SAML
 * object is our check: what it asks to validate is validated by the check table, what it asks to verify is admitted in
 * one transaction.
 */

import type { SAML } from '@node-saml/node-saml'
import { AbstractStrategy, type PassportSamlConfig } from '@node-saml/passport-saml'
import type { Request, Response } from 'express'
import passport from 'passport'

/** The two halves of a sign-in, as passport drives them. */
export interface AssertionSteps<Post, Checked, Outcome> {
  /** Runs the check table over the message; nothing is stored. */
  check(post: Post): Promise<Checked>
  /** Claims, provisions and opens the session. */
  admit(checked: Checked, post: Post): Promise<Outcome>
}

/** What passport carries from one half to the other. */
interface Judged<Post, Checked> {
  readonly post: Post
  readonly checked: Checked
}

const NAME = 'saml'

/**
 * Passport's way through the assertion consumer. `authenticate` resolves with what `admit` gave; what either half throws
 * rejects it.
 */
export function assertionStrategy<Post, Checked, Outcome extends object>(
  steps: AssertionSteps<Post, Checked, Outcome>,
): { authenticate(request: Request, response: Response, post: Post): Promise<Outcome> } {
  const authenticator = new passport.Passport()
  authenticator.use(NAME, new CheckedAssertionStrategy(steps))
  return {
    authenticate: (request, response, post) =>
      new Promise((resolve, reject) => {
        const decided = (error: unknown, outcome?: Outcome | false | null): void => {
          if (error) reject(error)
          else if (outcome) resolve(outcome)
          else reject(new Error('the assertion strategy gave no outcome'))
        }
        // Passport looks whether it is there, and hands it to `checkedSaml`.
        request.body = { SAMLResponse: post }
        authenticator.authenticate(NAME, { session: false }, decided)(request, response, reject)
      }),
  }
}

/** A class because passport asks for one. */
class CheckedAssertionStrategy<Post, Checked, Outcome extends object> extends AbstractStrategy {
  static override readonly newSamlProviderOnConstruct = false

  constructor({ check, admit }: AssertionSteps<Post, Checked, Outcome>) {
    super(
      { passReqToCallback: true } as PassportSamlConfig,
      (_request, judged, done) => {
        const { checked, post } = judged as unknown as Judged<Post, Checked>
        admit(checked, post).then(
          (outcome) => done(null, outcome as Record<string, unknown>),
          (error: Error) => done(error),
        )
      },
      (_request, _profile, done) => done(new Error('single logout does not run through passport')),
    )
    this._saml = checkedSaml(check)
  }
}

/** The one method of node-saml's SAML object that the strategy calls for a posted response. */
function checkedSaml<Post, Checked>(check: (post: Post) => Promise<Checked>): SAML {
  const saml = {
    async validatePostResponseAsync({ SAMLResponse: post }: { readonly SAMLResponse: Post }) {
      const profile: Judged<Post, Checked> = { post, checked: await check(post) }
      return { profile, loggedOut: false }
    },
  }
  return saml as unknown as SAML
}
