/** `gatehouse check-config`, `config show` and `reload`. */

import type { Command } from 'commander'
import { dataDirectoryOf } from '../config/data-directory-of.ts'
import { configFile, environment } from '../config/environment.ts'
import { configNotices } from '../config/notices.ts'
import { formatProblem } from '../config/problem.ts'
import { describeConfig } from '../config/show.ts'
import { AppError } from '../core/errors.ts'
import { runningPid } from '../store/data-directory.ts'
import { globalOptions, outputOf, readConfig, requireConfig } from './context.ts'
import { textTable } from './output.ts'
import type { Ending } from './program.ts'

const WRONG = 2

export function addConfigCommands(program: Command, ended: (ending: Ending) => void): void {
  program
    .command('check-config')
    .description('check the configuration and name every problem')
    .action(async (_options, command: Command) => {
      const { config, output: format } = globalOptions(command)
      const file = configFile(config, environment())
      const loaded = await readConfig(file)
      const problems = loaded.ok ? [] : loaded.error
      const notices = loaded.ok ? configNotices(loaded.value) : []
      const { result, note } = outputOf(command)
      if (format === 'json') result({ ok: loaded.ok, file, problems, notices }, () => '')
      else {
        for (const problem of problems) note(formatProblem(problem))
        for (const notice of notices) note(notice)
        if (loaded.ok) process.stdout.write(`${file}: no problems\n`)
      }
      ended(loaded.ok ? undefined : WRONG)
    })
  program
    .command('config')
    .description('the effective configuration')
    .command('show')
    .description('every setting with its value and where it comes from')
    .action(async (_options, command: Command) => {
      const settings = describeConfig(await requireConfig(globalOptions(command)))
      outputOf(command).result(settings, () =>
        textTable(
          ['KEY', 'VALUE', 'ORIGIN'],
          settings.map(({ key, value, origin }) => [key, JSON.stringify(value), origin]),
        ),
      )
    })
  program
    .command('reload')
    .description('let the running gateway read its configuration again')
    .action(async (_options, command: Command) => {
      const file = configFile(globalOptions(command).config, environment())
      const directory = await dataDirectoryOf(file, environment())
      const pid = runningPid(directory)
      if (pid === undefined) throw new AppError('NOT_FOUND', `no gateway is running on ${directory}`)
      signalReload(pid)
      const loaded = await readConfig(file)
      if (!loaded.ok) throw new AppError('CONFIG_INVALID', loaded.error.map(formatProblem).join('\n'))
      outputOf(command).result({ pid }, () => `process ${pid} reads ${file} again`)
    })
}

function signalReload(pid: number): void {
  try {
    process.kill(pid, 'SIGHUP')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('NOT_FOUND', `process ${pid} cannot be told to read its configuration: ${reason}`, { cause })
  }
}
