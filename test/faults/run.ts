/**
 * Runs the fault scripts, all or those named, and writes their figures into docs/reliability.md, unless they are in their
 * short form: `node test/faults/run.ts [--short] [kill] [storage] [clock] [slow-disk] [redis]`.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { globalSetup } from '../setup.ts'
import { lineOf, type Soak } from '../soak/soak.ts'
import { clock } from './clock.ts'
import { kill } from './kill.ts'
import { withFigures } from './page.ts'
import { redis } from './redis.ts'
import { slowDisk } from './slow-disk.ts'
import { storage } from './storage.ts'

const FAULTS: Readonly<Record<string, Soak>> = { kill, storage, clock, 'slow-disk': slowDisk, redis }
const PAGE = new URL('../../docs/reliability.md', import.meta.url)

const args = process.argv.slice(2)
const short = args.includes('--short')
const named = args.filter((arg) => arg !== '--short')
const unknown = named.filter((name) => !Object.hasOwn(FAULTS, name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are: ${Object.keys(FAULTS).join(', ')}`)
  process.exit(2)
}

globalSetup()
let broken = 0
for (const [name, fault] of Object.entries(FAULTS)) {
  if (named.length > 0 && !named.includes(name)) continue
  console.log(name)
  const figures = await fault({ short })
  for (const figure of figures) {
    console.log(`  ${lineOf(figure)}`)
    if (figure.kept === false) broken += 1
  }
  if (!short) writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), name, figures))
}
process.exit(broken === 0 ? 0 : 1)
