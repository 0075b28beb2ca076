/** `gatehouse saml test FILE`: what would become of a message, without a session and without a trace (saml.md S-20). */

import { type Command, InvalidArgumentError } from 'commander'
import { type Instant, systemClock } from '../core/time.ts'
import { parseDateTime } from '../signin/saml/date-time.ts'
import { globalOptions, outputOf } from './context.ts'
import type { Ending } from './program.ts'
import { trialTable } from './saml-test-table.ts'

interface TestOptions {
  readonly at?: Instant
  readonly requestId?: string
}

const REFUSED = 1

export function addSamlTestCommand(saml: Command, ended: (ending: Ending) => void): void {
  saml
    .command('test <file>')
    .description('what would become of a message: XML, base64 or the posted form; - reads standard input')
    .option('--at <time>', 'when it comes in, ISO 8601 with a zone (default: now)', readTime)
    .option('--request-id <id>', 'the request that is under way (default: the one that the message names)')
    .action(async (file: string, { at = systemClock.now(), requestId }: TestOptions, command: Command) => {
      // Only here: the other commands start sooner without the verifier.
      const { trialOf } = await import('./saml-trial-run.ts')
      const trial = await trialOf(file, { ...globalOptions(command), at, requestId })
      outputOf(command).result(trial, () => trialTable(trial))
      ended(trial.wouldSignIn ? undefined : REFUSED)
    })
}

/** Seconds may be left out, which xs:dateTime does not allow. */
function readTime(text: string): Instant {
  const at = parseDateTime(text.replace(/(T\d\d:\d\d)(?=Z$|[+-]\d\d:\d\d$)/, '$1:00'))
  if (at === undefined) throw new InvalidArgumentError('Must be a time with its zone, such as 2030-01-31T08:00:00Z.')
  return at
}
