/**
 * `node test/bench/signin/decryption-timing.ts`: how long the gateway takes to answer each kind of message that fails inside
 * its encryption, posted by turns, beside what its verification alone takes. The answers must not tell the kinds apart.
 */

import { parseArgs } from 'node:util'
import { verifyMessage } from '../../../src/signin/saml/verify.ts'
import { UNDECRYPTABLE } from '../../security/saml-cases/encryption.ts'
import { openEdge } from '../../support/saml/edge.ts'
import { type Circumstances, providersIn, verifyInput } from '../../support/saml/judge.ts'
import { encode } from '../../support/saml/response.ts'

const CBC: Circumstances = { config: { allowCbc: true } }

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } })
const rounds = Number(options.rounds)

const kinds = UNDECRYPTABLE.filter(({ circumstances = CBC }) => circumstances.config?.want === undefined).map(
  ({ title, make }) => ({ title, field: encode(make()), verified: [] as number[], answered: [] as number[] }),
)
const edge = await openEdge()
try {
  await edge.prepare(CBC)
  // The first round, in which everything is loaded and compiled, does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { field, verified, answered } of kinds) {
      const verifying = timed(() => verifyMessage(verifyInput(field, providersIn(CBC))))
      const answering = await timedAnswer(() => edge.post(field))
      if (round === 0) continue
      verified.push(verifying)
      answered.push(answering)
    }
  }
} finally {
  await edge.close()
}
process.stdout.write('| Fails inside the encryption | verification, ms | answer, ms: median | 10 % | 90 % |\n')
process.stdout.write('|---|---:|---:|---:|---:|\n')
for (const { title, verified, answered } of kinds) {
  const cells = [quantile(verified, 0.5), ...[0.5, 0.1, 0.9].map((part) => quantile(answered, part))]
  process.stdout.write(`| ${title} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |\n`)
}
const medians = kinds.map(({ answered }) => quantile(answered, 0.5))
process.stdout.write(`\nThe medians lie ${(Math.max(...medians) - Math.min(...medians)).toFixed(2)} ms apart.\n`)

function timed(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

async function timedAnswer(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0
}
