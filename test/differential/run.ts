/** The comparison with node-saml and xmlsec1 for a given time: `node test/differential/run.ts --minutes N [--seed S]`. */

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { campaign } from './campaign.ts'
import { loadSeeds } from './compare.ts'
import { openXmlsec } from './oracles.ts'

const RUNS = 2000
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const program = process.env['GATEHOUSE_TEST_XMLSEC1'] ?? '/usr/bin/xmlsec1'
if (!existsSync(program)) throw new Error('xmlsec1 is not here; on Debian: apt-get install xmlsec1')

const xmlsec = openXmlsec(program)
const end = performance.now() + Number(values.minutes) * 60_000
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
let messages = 0
let accepted = 0
try {
  const seeds = await loadSeeds(xmlsec)
  do {
    accepted += await campaign({ seeds, xmlsec, runs: RUNS, seed })
    messages += RUNS
    process.stdout.write(`seed ${seed}: ${messages} messages so far, ${accepted} accepted, no difference\n`)
    seed += 1
  } while (performance.now() < end)
} catch (error) {
  process.stdout.write(`seed ${seed}: a difference\n`)
  throw error
} finally {
  xmlsec.close()
}
