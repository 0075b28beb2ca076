/**
 * Passport, in one file. The assertion consumer runs through @node-saml/passport-saml's own AbstractStrategy, whose SAML
 * object is our check: what it asks to validate is validated by the check table, what it asks to verify is admitted in
 * one transaction.
 */

import type { SAML } from '@node-saml/node-saml'
import { AbstractStrategy, type PassportSamlConfig } from '@node-saml/passport-saml'
import type { Request, Response } from 'express'
import passport from 'passport'
import type { FormField } from './saml/scan-base64.ts'

/** The two halves of a sign-in, as passport drives them. */
export interface AssertionSteps<Checked, Outcome> {
  /** Runs the check table over the posted message; nothing is stored. */
  check(message: FormField, request: Request): Promise<Checked>
  /** Claims, provisions and opens the session. */
  admit(checked: Checked, request: Request): Promise<Outcome>
}

const NAME = 'saml'

/**
 * Passport's way through the assertion consumer. `authenticate` resolves with what `admit` gave; what either half throws
 * rejects it. The request's body must hold the form field SAMLResponse.
 */
export function assertionStrategy<Checked, Outcome extends object>(
  steps: AssertionSteps<Checked, Outcome>,
): { authenticate(request: Request, response: Response): Promise<Outcome> } {
  const authenticator = new passport.Passport()
  authenticator.use(NAME, new CheckedAssertionStrategy(steps))
  return {
    authenticate: (request, response) =>
      new Promise((resolve, reject) => {
        const decided = (error: unknown, outcome?: Outcome | false | null): void => {
          if (error) reject(error)
          else if (outcome) resolve(outcome)
          else reject(new Error('the assertion strategy gave no outcome'))
        }
        authenticator.authenticate(NAME, { session: false }, decided)(request, response, reject)
      }),
  }
}

/** A class because passport asks for one. */
class CheckedAssertionStrategy<Checked, Outcome extends object> extends AbstractStrategy {
  static override readonly newSamlProviderOnConstruct = false

  constructor(steps: AssertionSteps<Checked, Outcome>) {
    super(
      { passReqToCallback: true } as PassportSamlConfig,
      (request, checked, done) => {
        steps.admit(checked as unknown as Checked, request).then(
          (outcome) => done(null, outcome as Record<string, unknown>),
          (error: Error) => done(error),
        )
      },
      (_request, _profile, done) => done(new Error('single logout does not run through passport')),
    )
    this.steps = steps
  }

  // Not a #private field: passport calls methods on objects that inherit from this one.
  private readonly steps: AssertionSteps<Checked, Outcome>

  override authenticate(request: Request, options: Parameters<AbstractStrategy['authenticate']>[1]): void {
    this._saml = checkedSaml((message) => this.steps.check(message, request))
    super.authenticate(request, options)
  }
}

/** The one method of node-saml's SAML object that the strategy calls for a posted response. */
function checkedSaml(check: (message: FormField) => Promise<unknown>): SAML {
  const saml = {
    validatePostResponseAsync: async ({ SAMLResponse }: { readonly SAMLResponse: FormField }) => ({
      profile: await check(SAMLResponse),
      loggedOut: false,
    }),
  }
  return saml as unknown as SAML
}
