/** A trial on what a configuration has at hand: its providers, keys and operators. Only read, never fetched or made. */

import { join } from 'node:path'
import { fetch } from 'undici'
import type { Config } from '../config/config.ts'
import { alarms } from '../core/alarms.ts'
import { loadEncryptionKey } from '../core/key-files.ts'
import { silentLog } from '../core/log.ts'
import type { Clock, Instant } from '../core/time.ts'
import type { CheckedIdentity, Provider } from '../signin/saml/model.ts'
import { providerRegistry } from '../signin/saml/providers.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import { openStoreForCommand, storeIsThere } from '../store/open.ts'
import { type GlobalOptions, requireConfig } from './context.ts'
import { type Rehearsal, rehearse } from './saml-rehearsal.ts'
import { readTestInput } from './saml-test-input.ts'
import { type Trial, tryMessage } from './saml-trial.ts'

export interface TrialOptions extends GlobalOptions {
  /** When the message comes in. */
  readonly at: Instant
  /** The request under way; undefined: the one that the message names. */
  readonly requestId: string | undefined
}

/** What would become of the message in `file`. Throws CONFIG_INVALID when configuration or file cannot be read. */
export async function trialOf(file: string, { at, requestId, ...options }: TrialOptions): Promise<Trial> {
  const config = await requireConfig(options)
  const input = await readTestInput(file)
  const clock = standingClock(at)
  const { providers, missing } = providersAtHand(config, clock)
  const trial = await tryMessage(input, {
    config,
    providers,
    decryptionKeys: await decryptionKeys(config),
    at,
    requestId,
    rehearse: (identity) => rehearseIn(config, identity, clock),
  })
  return { ...trial, notes: [...missing, ...trial.notes] }
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
  const store = storeIsThere(config)
    ? await openStoreForCommand(config, { writer: null, clock, log: silentLog })
    : memoryStore()
  try {
    return await rehearse(identity, { config, store, clock })
  } finally {
    await store.close()
  }
}
