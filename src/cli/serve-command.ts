/** `gatehouse serve`: the gateway as a process. */

import { type Command, Option } from 'commander'
import { configFile, environment, isRunByNpx } from '../config/environment.ts'
import { globalOptions, readConfig } from './context.ts'
import { printable } from './output.ts'
import type { Ending } from './program.ts'

interface ServeOptions {
  readonly iKnow?: boolean
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

export function addServeCommand(program: Command, ended: (ending: Ending) => void): void {
  program
    .command('serve', { isDefault: true })
    .description('run the gateway (what is done without any command)')
    .option('--i-know', 'start although a service has authorization: off')
    .addOption(
      new Option('--log-level <level>', 'least level to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    // A word that is no command ends up here, since this is what is done without any.
    .allowExcessArguments()
    .action(async (options: ServeOptions, command: Command) => {
      const [word] = command.args
      if (word !== undefined) program.error(`error: unknown command '${printable(word)}'`)
      const file = configFile(globalOptions(command).config, environment())
      // Only here: the other commands start sooner without the gateway's own modules.
      const { serve } = await import('../main.ts')
      await serve({
        loadConfig: () => readConfig(file),
        allowsAuthorizationOff: options.iKnow === true,
        logLevel: options.logLevel,
        parent: isRunByNpx(environment()) ? process.ppid : undefined,
      })
      ended(undefined)
    })
}
