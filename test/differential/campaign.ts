/** One run of the comparison: so many changed messages, from one seed number. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { agreeWithNodeSaml, agreeWithXmlsec, type Seed } from './compare.ts'
import { mutations } from './mutations.ts'
import type { Xmlsec } from './oracles.ts'

/** How many of `runs` changed messages we accepted; all of them the oracles accept and read alike. Throws where they do not. */
export async function campaign({
  seeds,
  xmlsec,
  runs,
  seed,
}: {
  seeds: readonly Seed[]
  xmlsec: Xmlsec | null
  runs: number
  seed: number
}): Promise<number> {
  const accepted = new Map<Seed, Set<string>>()
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: seeds.length - 1 }), mutations, async (index, change) => {
      const valid = seeds[index] ?? assert.fail('no such seed')
      const xml = change(valid.xml)
      if (!(await agreeWithNodeSaml(xml, valid))) return
      accepted.set(valid, (accepted.get(valid) ?? new Set()).add(xml))
    }),
    { numRuns: runs, seed },
  )
  for (const [valid, messages] of accepted) {
    if (valid.xmlsec && xmlsec !== null) await agreeWithXmlsec([...messages], valid, xmlsec)
  }
  return [...accepted.values()].reduce((sum, messages) => sum + messages.size, 0)
}
