/** Runs the soak scripts, all or those named: `node test/soak/run.ts [--short] [volume] [aborts] [drain] [certificates]`. */

import { aborts } from './aborts.ts'
import { certificates } from './certificates.ts'
import { drain } from './drain.ts'
import { lineOf, type Soak } from './soak.ts'
import { volume } from './volume.ts'

const SOAKS: Readonly<Record<string, Soak>> = { volume, aborts, drain, certificates }

const args = process.argv.slice(2)
const named = args.filter((arg) => arg !== '--short')
const unknown = named.filter((name) => !Object.hasOwn(SOAKS, name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are: ${Object.keys(SOAKS).join(', ')}`)
  process.exit(2)
}

let broken = 0
for (const [name, soak] of Object.entries(SOAKS)) {
  if (named.length > 0 && !named.includes(name)) continue
  console.log(name)
  for (const figure of await soak({ short: args.includes('--short') })) {
    console.log(`  ${lineOf(figure)}`)
    if (figure.kept === false) broken += 1
  }
}
process.exit(broken === 0 ? 0 : 1)
