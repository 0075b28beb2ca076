/**
 * Runs once before all suites: finds what tests need from the system or, as root on Debian, installs it. Where neither
 * works, the suites that need it are skipped and say so by name.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Programs by the environment variable that tells the suites where they are. */
const PROGRAMS = [
  { variable: 'GATEHOUSE_TEST_CHROMIUM', file: '/usr/bin/chromium', packages: ['chromium'] },
  { variable: 'GATEHOUSE_TEST_XMLSEC1', file: '/usr/bin/xmlsec1', packages: ['xmlsec1'] },
  { variable: 'GATEHOUSE_TEST_NGINX', file: '/usr/sbin/nginx', packages: ['nginx'] },
  { variable: 'GATEHOUSE_TEST_REDIS', file: '/usr/bin/redis-server', packages: ['redis-server'] },
  {
    variable: 'GATEHOUSE_TEST_FAKETIME',
    file: '/usr/bin/faketime',
    packages: ['faketime'],
  },
  { variable: 'GATEHOUSE_TEST_CC', file: '/usr/bin/cc', packages: ['gcc', 'libc6-dev'] },
  { variable: 'GATEHOUSE_TEST_CADDY', file: '/usr/bin/caddy', packages: ['caddy'] },
  {
    variable: 'GATEHOUSE_TEST_SIMPLESAMLPHP',
    file: '/usr/share/simplesamlphp/www/module.php',
    packages: ['simplesamlphp', 'php-xml', 'php-mbstring', 'php-cli'],
  },
  {
    variable: 'GATEHOUSE_TEST_PYSAML2',
    file: '/usr/lib/python3/dist-packages/saml2/server.py',
    packages: ['python3-pysaml2', 'xmlsec1'],
  },
] as const

/** Where compiled code is kept, as the command does it, too. */
const COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/gatehouse')

export function globalSetup(): void {
  process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE
  const missing = PROGRAMS.filter(({ variable, file }) => process.env[variable] === undefined && !existsSync(file))
  if (missing.length > 0 && canInstall()) install(missing.flatMap((program) => program.packages))
  for (const { variable, file } of PROGRAMS) if (existsSync(file)) process.env[variable] ??= file
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

/** A failure leaves the programs missing; the suites that need them say so. */
function install(packages: readonly string[]): void {
  process.stderr.write(`installing ${packages.join(', ')} for the tests\n`)
  // At this runlevel Debian starts no service that it installs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, stdio: 'ignore' })
  } catch {
    process.stderr.write(`could not install ${packages.join(', ')}\n`)
  }
}
