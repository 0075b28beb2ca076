/** Writes docs/behaviours.md. With `--check` it writes nothing and exits 1 when the page is not up to date. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { behavioursPage, findProofs, readSystems, unknownIds } from './behaviours.ts'

const root = resolve(import.meta.dirname, '../..')
const file = join(root, 'docs/behaviours.md')
const systems = readSystems(readFileSync(join(import.meta.dirname, 'ids.yaml'), 'utf8'))
const proofs = findProofs(root)
const unknown = unknownIds(systems, proofs)

if (unknown.length > 0) fail(unknown.join('\n'))
else if (!process.argv.includes('--check')) writeFileSync(file, behavioursPage(systems, proofs))
else if (written() !== behavioursPage(systems, proofs)) fail('docs/behaviours.md is not up to date: npm run generate')

function written(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
