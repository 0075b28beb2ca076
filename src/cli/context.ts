/** What most commands begin with: the configuration, and the directory beside a gateway that may be running. */

import { join } from 'node:path'

import type { Command } from 'commander'
import { chainWriter } from '../audit/chain-writer.ts'
import type { Config, Problem } from '../config/config.ts'
import { configFile, type Environment, environment } from '../config/environment.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { AppError } from '../core/errors.ts'
import { loadOrCreateIdentityRing } from '../core/key-files.ts'
import type { KeyRing } from '../core/key-ring.ts'
import { silentLog } from '../core/log.ts'
import { systemRandom } from '../core/random.ts'
import type { Result } from '../core/result.ts'
import { instant, systemClock } from '../core/time.ts'
import { type Directory, directory } from '../directory/directory.ts'
import { type DirectoryFiles, directoryFiles } from '../directory/files.ts'
import { type GroupDirectory, groupDirectory } from '../directory/group-changes.ts'
import { type ObjectDirectory, objectDirectory } from '../directory/object-changes.ts'
import { type RoleDirectory, roleDirectory } from '../directory/role-definitions.ts'
import { settingFindings } from '../profiles/service-settings.ts'
import { loadShippedProfiles } from '../profiles/shipped.ts'
import { type IdentityRing, identityRing } from '../session/identity-ring.ts'
import { checkMetadataText, readMetadata } from '../signin/saml/metadata.ts'
import { openStoreForCommand } from '../store/open.ts'
import type { Store } from '../store/ports.ts'
import { type Format, type Output, output } from './output.ts'

/** The options that every command takes. */
export interface GlobalOptions {
  readonly config?: string
  readonly output?: Format
}

/** The global options of a command. */
export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>()
}

/** Where the command of these options prints to. */
export function outputOf(command: Command): Output {
  return output(globalOptions(command).output)
}

/** Reads and checks a configuration file, with everything that rooms beyond `config` know of it. */
export async function readConfig(
  file: string,
  env: Environment = environment(),
): Promise<Result<Config, readonly Problem[]>> {
  const profiles = await loadShippedProfiles()
  const known = [...profiles.keys()].join(', ')
  return loadConfig({
    file,
    env,
    clock: systemClock,
    checks: {
      profile: (id) => (profiles.has(id) ? null : `there is no such profile; there are: ${known}`),
      settings: (id, settings) => {
        const profile = profiles.get(id)
        return profile === undefined ? [] : settingFindings(profile, settings)
      },
      guests: (id) => profiles.get(id)?.guestRole !== null,
      metadata: (text, { publicUrlIsLocal }) => checkMetadataText(text, { publicUrlIsLocal, now: systemClock.now() }),
      entityId: (text) => {
        const read = readMetadata(text, { now: systemClock.now() })
        return read.ok ? read.value.entityId : undefined
      },
    },
  })
}

/** The configuration of a command. Throws CONFIG_INVALID with one line per problem. */
export async function requireConfig({ config }: GlobalOptions): Promise<Config> {
  const loaded = await readConfig(configFile(config, environment()))
  if (loaded.ok) return loaded.value
  throw new AppError('CONFIG_INVALID', loaded.error.map(formatProblem).join('\n'))
}

/** The store of the configuration, beside a gateway that may be running: what the command writes is a chain of its own. */
async function openCommandStore(config: Config): Promise<Store> {
  const writer = await chainWriter({ signer: await identityOf(config), clock: systemClock, random: systemRandom })
  return openStoreForCommand(config, { writer, clock: systemClock, log: silentLog })
}

/** The identity keys of the configuration; the first is made when there is none yet. */
export async function identityOf({ keys, dataDir }: Config): Promise<IdentityRing> {
  const clock = systemClock
  const ring: KeyRing =
    keys.identity === null
      ? await loadOrCreateIdentityRing({ dir: join(dataDir, 'keys'), clock })
      : [{ text: keys.identity, from: instant(0), file: null }]
  return identityRing(ring, clock)
}

/** What a command works with. */
export interface DirectoryTools {
  readonly config: Config
  readonly store: Store
  readonly directory: Directory
  readonly files: DirectoryFiles
  readonly groups: GroupDirectory
  readonly roles: RoleDirectory
  readonly objects: ObjectDirectory
}

/** Runs `work` on the directory and store of the configuration, and closes them. */
export async function withDirectory<Value>(
  options: GlobalOptions,
  work: (tools: DirectoryTools) => Promise<Value>,
): Promise<Value> {
  const config = await requireConfig(options)
  const profiles = await loadShippedProfiles()
  const store = await openCommandStore(config)
  try {
    const parts = {
      store,
      clock: systemClock,
      random: systemRandom,
      rules: () => ({ services: config.services, profiles }),
      published: () => {},
    }
    return await work({
      config,
      store,
      directory: directory(parts),
      files: directoryFiles(parts),
      groups: groupDirectory(parts),
      roles: roleDirectory(parts),
      objects: objectDirectory(parts),
    })
  } finally {
    await store.close()
  }
}

/** The identity provider of an option; null without it. CONFIG_INVALID when there is no such provider. */
export function knownProvider(config: Config, id: string | undefined): string | null {
  if (id === undefined) return null
  if (id === 'local' || config.identityProviders.some((provider) => provider.id === id)) return id
  const known = [...config.identityProviders.map((provider) => provider.id), 'local'].join(', ')
  throw new AppError('CONFIG_INVALID', `--idp ${id}: there is no such identity provider; there are: ${known}`)
}
