/** What the bench needs from the system; as root on Debian it installs what is missing. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface Program {
  readonly file: string
  /** Of Debian. */
  readonly package: string
}

const PROGRAMS: readonly Program[] = [
  { file: '/usr/sbin/nginx', package: 'nginx' },
  { file: '/usr/sbin/apache2', package: 'apache2' },
  { file: '/usr/lib/apache2/modules/mod_auth_mellon.so', package: 'libapache2-mod-auth-mellon' },
  { file: '/usr/bin/wrk', package: 'wrk' },
]

/** Throws when a program is missing and cannot be installed. `more`: besides those that every bench needs. */
export function needPrograms(more: readonly Program[] = []): void {
  const missing = [...PROGRAMS, ...more].filter(({ file }) => !existsSync(file)).map((program) => program.package)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`the bench needs the Debian packages ${missing.join(', ')}`)
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]) {
    execFileSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
}
