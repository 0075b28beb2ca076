/** A folder with a configuration file, and keys made for the run. */

import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { generate } from 'selfsigned'
import { stringify } from 'yaml'
import type { Config, Problem } from '../../../src/config/config.ts'
import { type ConfigChecks, loadConfig } from '../../../src/config/load.ts'
import type { Result } from '../../../src/core/result.ts'
import { type Clock, instant } from '../../../src/core/time.ts'

export const NOW = Date.parse('2026-06-01T00:00:00Z')
export const clock: Clock = { now: () => instant(NOW) }

const DAY = 86_400_000

export interface Setup {
  /** Files beside the configuration: name → content. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly checks?: Partial<ConfigChecks>
}

/** Loads `content`, YAML text or a tree, from a folder of its own that is gone afterwards. */
export async function load(content: unknown, setup: Setup = {}): Promise<Result<Config, readonly Problem[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
  try {
    const file = join(folder, 'gatehouse.yaml')
    writeFileSync(file, typeof content === 'string' ? content : stringify(content))
    for (const [name, text] of Object.entries(setup.files ?? {})) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const checks: ConfigChecks = {
      profile: () => null,
      settings: () => [],
      guests: () => true,
      metadata: () => [],
      entityId: () => undefined,
      ...setup.checks,
    }
    return await loadConfig({ file, env: setup.env ?? {}, clock, checks })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The configuration; throws with all problems when there are any. */
export async function loaded(content: unknown, setup?: Setup): Promise<Config> {
  const result = await load(content, setup)
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

/** The problems; empty when it loads. */
export async function problems(content: unknown, setup?: Setup): Promise<readonly Problem[]> {
  const result = await load(content, setup)
  return result.ok ? [] : result.error
}

/** The smallest valid file with `changes` on top. */
export function file(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { publicUrl: 'https://gate.example', ...changes }
}

/** A valid provider with `changes` on top. */
export function provider(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: 'okta', metadata: { url: 'https://idp.example/metadata' }, ...changes }
}

/** A valid service with `changes` on top. */
export function service(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'licences',
    profile: 'web-application',
    match: { path: '/flexnet/' },
    upstream: 'http://127.0.0.1:7070',
    ...changes,
  }
}

export interface TestPair {
  readonly key: string
  readonly cert: string
}

/** A key and its self-signed certificate; `from` and `until` in days from NOW. */
export async function pair({ bits = 2048, ec = false, from = -1, until = 1 } = {}): Promise<TestPair> {
  const made = await generate([{ name: 'commonName', value: 'gatehouse test' }], {
    ...(ec ? { keyType: 'ec' as const, curve: 'P-256' as const } : { keySize: bits }),
    algorithm: 'sha256',
    notBeforeDate: new Date(NOW + from * DAY),
    notAfterDate: new Date(NOW + until * DAY),
  })
  return { key: made.private, cert: made.cert }
}

/** A private EC key on `namedCurve`, PEM. */
export function ecKey(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
