/** `gatehouse saml test FILE`: what would become of a message, without a session and without a trace (saml.md S-20). */

import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { fetch } from 'undici'
import type { Config } from '../config/config.ts'
import { alarms } from '../core/alarms.ts'
import { loadEncryptionKey } from '../core/key-files.ts'
import { silentLog } from '../core/log.ts'
import { type Clock, type Instant, systemClock } from '../core/time.ts'
import { parseDateTime } from '../signin/saml/checks-time.ts'
import type { CheckedIdentity, Provider } from '../signin/saml/model.ts'
import { providerRegistry } from '../signin/saml/providers.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import { openStore, storeIsThere } from '../store/open.ts'
import { globalOptions, outputOf, requireConfig } from './context.ts'
import type { Ending } from './program.ts'
import { type Rehearsal, rehearse } from './saml-rehearsal.ts'
import { readTestInput } from './saml-test-input.ts'
import { trialTable } from './saml-test-table.ts'
import { tryMessage } from './saml-trial.ts'

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
    .action(async (file: string, { at, requestId }: TestOptions, command: Command) => {
      const config = await requireConfig(globalOptions(command))
      const input = await readTestInput(file)
      const clock = standingClock(at ?? systemClock.now())
      const { providers, missing } = providersAtHand(config, clock)
      const trial = await tryMessage(input, {
        config,
        providers,
        decryptionKeys: await decryptionKeys(config),
        at: clock.now(),
        requestId,
        rehearse: (identity) => rehearseIn(config, identity, clock),
      })
      const whole = { ...trial, notes: [...missing, ...trial.notes] }
      outputOf(command).result(whole, () => trialTable(whole))
      ended(trial.wouldSignIn ? undefined : REFUSED)
    })
}

/** Seconds may be left out, which xs:dateTime does not allow. */
function readTime(text: string): Instant {
  const at = parseDateTime(text.replace(/(T\d\d:\d\d)(?=Z$|[+-]\d\d:\d\d$)/, '$1:00'))
  if (at === undefined) throw new InvalidArgumentError('Must be a time with its zone, such as 2030-01-31T08:00:00Z.')
  return at
}

function standingClock(at: Instant): Clock {
  return { now: () => at }
}

/** From the configuration, files and last good copies; nothing is fetched. `missing` says which providers have none. */
function providersAtHand(config: Config, clock: Clock): { providers: readonly Provider[]; missing: readonly string[] } {
  const raised = alarms({ clock })
  const registry = providerRegistry({ config, dataDir: config.dataDir, clock, log: silentLog, alarms: raised, fetch })
  const missing = raised.list().map(({ subject, detail }) => `Identity provider ${subject} cannot be used: ${detail}.`)
  return { providers: registry.list(), missing }
}

async function decryptionKeys({ serviceProvider, dataDir }: Config): Promise<readonly string[]> {
  const own = await loadEncryptionKey(join(dataDir, 'keys'))
  return [...serviceProvider.decryption.map(({ key }) => key), ...(own === undefined ? [] : [own])]
}

/** A gateway that never ran has no store, and none is made for it. */
async function rehearseIn(config: Config, identity: CheckedIdentity, clock: Clock): Promise<Rehearsal> {
  const store = storeIsThere(config) ? await openStore(config, { clock, log: silentLog }) : memoryStore()
  try {
    return await rehearse(identity, { config, operators: store.operators, clock })
  } finally {
    await store.close()
  }
}
