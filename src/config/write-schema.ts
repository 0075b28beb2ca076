/** Writes `config/gatehouse.schema.json`. With `--check` it writes nothing and exits 1 when the file is not up to date. */

import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { configJsonSchema } from './json-schema.ts'

const file = resolve(import.meta.dirname, '../../config/gatehouse.schema.json')
const schema = configJsonSchema()

if (!process.argv.includes('--check')) {
  await writeFile(file, schema)
} else if ((await readFile(file, 'utf8').catch(() => '')) !== schema) {
  process.stderr.write(`${file} is not up to date: run node src/config/write-schema.ts\n`)
  process.exitCode = 1
}
