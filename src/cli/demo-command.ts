/** `gatehouse demo`: the gateway, a demo identity provider and five demo licence services, on a bare machine. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Gateway } from '../app.ts'
import { AppError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { systemRandom } from '../core/random.ts'
import { systemClock } from '../core/time.ts'
import { readDirectoryFile } from '../directory/file/read.ts'
import { runningPid } from '../store/data-directory.ts'
import { readConfig } from './context.ts'

const CONFIG_FILE = fileURLToPath(new URL('../../config/demo/gatehouse.yaml', import.meta.url))
const DIRECTORY_FILE = fileURLToPath(new URL('../../config/demo/directory.yaml', import.meta.url))
const DATA = fileURLToPath(new URL('../../data/', import.meta.url))

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('run a demonstration with its own identity provider and licence services')
    .option('--port <port>', 'port of the gateway; the six ports after it are used, too', '8080')
    .option('--data <directory>', 'where the demonstration keeps its data', DATA)
    .action(async (options: { port: string; data: string }) => runDemo(readPort(options.port), options.data))
}

async function runDemo(port: number, dataDir: string): Promise<void> {
  // Before the files of a demonstration that is running are written again.
  if (runningPid(dataDir) !== undefined) {
    throw new AppError('CONFIG_INVALID', `--data (${dataDir}): a gateway is running on it; must be a folder of its own`)
  }
  const [{ startDemo }, { serve }] = await Promise.all([import('../demo/start.ts'), import('../main.ts')])
  const demo = await startDemo({ port, dataDir, clock: systemClock, random: systemRandom, log: silentLog }).catch(
    (cause: unknown) => {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause
      const message = `--data (${dataDir}): cannot be written (${cause.message}); must be a writable folder`
      throw new AppError('CONFIG_INVALID', message, { cause })
    },
  )
  try {
    await serve({
      loadConfig: () => readConfig(CONFIG_FILE, demo.env),
      allowsAuthorizationOff: false,
      logLevel: 'warn',
      async started(gateway) {
        await fillDirectory(gateway)
        process.stdout.write(`${demo.lines.join('\n')}\n`)
      },
    })
  } finally {
    await demo.close()
  }
}

/** Applies the demonstration's directory file at its first start; afterwards the directory is what was made of it. */
async function fillDirectory({ directory, files }: Gateway): Promise<void> {
  for await (const _operator of directory.list()) return
  const read = readDirectoryFile(await readFile(DIRECTORY_FILE, 'utf8'), DIRECTORY_FILE)
  if (!read.ok) throw new AppError('DIRECTORY_FILE_INVALID', read.error.join('\n'))
  const { content, explain } = read.value
  const planned = await files.apply(content, { providers: ['demo'], defaultProvider: 'demo', prune: false }, null)
  if (!planned.ok) throw new AppError('DIRECTORY_FILE_INVALID', planned.error.map(explain).join('\n'))
}

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_529) return port
  throw new AppError('CONFIG_INVALID', `--port ${text}: a whole number from 1 to 65529 is needed`)
}
