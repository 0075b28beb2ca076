/** The data directory that a file names, whatever else may be wrong with it: a running gateway is found by it. */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Environment } from './environment.ts'
import { isSection } from './problem.ts'
import { substitute } from './substitute.ts'
import { parseYaml } from './yaml.ts'

const DEFAULT = '../data'

/** Absolute path of `dataDir`. Throws CONFIG_INVALID when the file cannot be read; of one that is no section, it is the default. */
export async function dataDirectoryOf(file: string, env: Environment): Promise<string> {
  const folder = dirname(resolve(file))
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('CONFIG_INVALID', `${file}: the configuration file cannot be read`, { cause })
  })
  const { content } = await substitute(parseYaml(text).content, { env, folder })
  const named = isSection(content) ? content['dataDir'] : undefined
  return resolve(folder, typeof named === 'string' ? named : DEFAULT)
}
