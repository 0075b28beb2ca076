/** The one place that reads the process's environment. */

export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process. */
export function environment(): Environment {
  return process.env
}

/** The configuration file to use: the option, else GATEHOUSE_CONFIG, else `config/gatehouse.yaml`. */
export function configFile(option: string | undefined, env: Environment): string {
  return option ?? env['GATEHOUSE_CONFIG'] ?? 'config/gatehouse.yaml'
}

/** Whether `npm start` was called without anything that names a configuration: the demo is wanted. */
export function wantsDemo(args: readonly string[], env: Environment): boolean {
  return args.length === 0 && env['npm_lifecycle_event'] === 'start' && env['GATEHOUSE_CONFIG'] === undefined
}

/** Whether `npx` runs this process: inside a shell that dies of a signal and hands none on. */
export function isRunByNpx(env: Environment): boolean {
  return env['npm_command'] === 'exec'
}
