/**
 * `npm run explore -- --minutes N [--seed S]`: all property tests with one seed after the other, each with cases of its own. Ends
 * with the first that fails, and says how to repeat it.
 */

import { spawnSync } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const end = performance.now() + Number(values.minutes) * 60_000
const files = await propertyTests()
if (files.length === 0) throw new Error('there are no property tests')

let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
do {
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-global-setup=./test/setup.ts', ...files], {
    env: { ...process.env, GATEHOUSE_TEST_SEED: String(seed) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) {
    process.stdout.write(`${stdout}\nGATEHOUSE_TEST_SEED=${seed} repeats it\n`)
    process.exitCode = 1
    break
  }
  process.stdout.write(`seed ${seed}: ${files.length} files pass\n`)
  seed += 1
} while (performance.now() < end)

async function propertyTests(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const file of glob('test/{differential,security,unit}/**/*.test.ts')) {
    if ((await readFile(file, 'utf8')).includes("/support/properties.ts'")) found.push(file)
  }
  return found.toSorted()
}
