/**
 * A process of its own beside the tests: `child.ts FILE WORK`. It prints one line for each thing that is done for good.
 * `claim NAME COUNT`: claims keys one after another. `claim-until-killed NAME`: the same without an end.
 * `audit-until-killed NAME`: appends audit records without an end.
 * `open`: opens and closes the store. `fill`: saves traces until the store fails.
 */

import { silentLog } from '../../../../src/core/log.ts'
import { instant, systemClock } from '../../../../src/core/time.ts'
import type { Store } from '../../../../src/store/ports.ts'
import { sqliteStore } from '../../../../src/store/sql/sqlite/sqlite-store.ts'
import { auditRecord, trace } from '../../../contract/samples.ts'
import { testWriter } from '../../../support/chain-writer.ts'

const [file = '', work = '', name = '', count = ''] = process.argv.slice(2)

// A limit on the size of files (`ulimit -f`) is told by a signal that would end the process.
process.on('SIGXFSZ', () => {})

// While no time passes, all that is saved at once shares one commit.
const clock = work === 'fill' ? { now: () => instant(1) } : systemClock
const store = await sqliteStore({ file, writer: testWriter(), clock, log: silentLog })
process.stdout.write('open\n')
if (work === 'claim') await claim(store, Number(count))
if (work === 'claim-until-killed') await claim(store, Number.POSITIVE_INFINITY)
if (work === 'audit-until-killed') await record(store)
if (work === 'fill') await fill(store)
if (work !== 'fill') await store.close()
else process.exit()

async function claim({ oneTime }: Store, end: number): Promise<void> {
  for (let number = 0; number < end; number += 1) {
    if (await oneTime.claim(`${name} ${number}`, instant(2), instant(1))) process.stdout.write(`${name} ${number}\n`)
  }
}

async function record({ audit }: Store): Promise<void> {
  for (let number = 0; ; number += 5) {
    const ids = Array.from({ length: 5 }, (_, index) => `${name} ${number + index}`)
    await Promise.all(ids.map((id) => audit.append(auditRecord({ id }))))
    process.stdout.write(ids.map((id) => `${id}\n`).join(''))
  }
}

async function fill({ traces }: Store): Promise<void> {
  for (let number = 0; number < 1000; number += 1) {
    const references = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter}${number}`)
    const saves = references.map((reference) => traces.save(trace({ reference, cause: 'x'.repeat(20_000) })))
    const outcomes = await Promise.allSettled(saves)
    for (const [index, outcome] of outcomes.entries()) {
      const said = outcome.status === 'fulfilled' ? 'saved' : String(outcome.reason.code)
      process.stdout.write(`${said} ${references[index]}\n`)
    }
    if (outcomes.some(({ status }) => status === 'rejected')) return
  }
}
