/** The people of the demo. They exist nowhere else, and everything they hold says so. What they may do is in `config/demo/directory.yaml`. */

import { minutes, type Seconds } from '../core/time.ts'

export interface DemoAccount {
  /** The NameID that the demo identity provider asserts, an address below `demo.example`. */
  readonly account: string
  readonly displayName: string
  readonly mail: string
  /** Value of the attribute `FnmsAdmin`. */
  readonly fnmsAdmin: boolean
  /** How far ahead the provider sets SessionNotOnOrAfter; null: it sends none. */
  readonly sessionLifetime: Seconds | null
  /** What happens to whoever signs in as this account, one line. */
  readonly outcome: string
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    account: 'ada.admin@demo.example',
    displayName: 'Ada Admin (demo)',
    mail: 'ada.admin@demo.example',
    fnmsAdmin: true,
    sessionLifetime: null,
    outcome: 'administrator: the provider sends FnmsAdmin = true',
  },
  {
    account: 'otto.operator@demo.example',
    displayName: 'Otto Operator (demo)',
    mail: 'otto.operator@demo.example',
    fnmsAdmin: false,
    sessionLifetime: null,
    outcome: 'operator with a role on every service: reads here, changes there (config/demo/directory.yaml)',
  },
  {
    account: 'nora.newcomer@demo.example',
    displayName: 'Nora Newcomer (demo)',
    mail: 'nora.newcomer@demo.example',
    fnmsAdmin: false,
    sessionLifetime: null,
    outcome: 'unknown operator without a role: Sign In Failure',
  },
  {
    account: 'sam.shortsession@demo.example',
    displayName: 'Sam Shortsession (demo)',
    mail: 'sam.shortsession@demo.example',
    fnmsAdmin: false,
    sessionLifetime: minutes(10),
    outcome: 'operator whose provider ends the session after 10 minutes (SessionNotOnOrAfter)',
  },
]
