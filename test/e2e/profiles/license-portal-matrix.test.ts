import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import type { CurrentOperator } from '../../../src/directory/operator-facts.ts'
import { demoTwins } from '../../support/demo-twins.ts'
import { matrix } from '../../support/licence-gateway.ts'
import { filledPortal, PEOPLE, PORTAL, portal } from '../../support/portal-people.ts'

const status = z.union([z.literal(200), z.literal(403), z.literal(404)])
const row = z.tuple([z.string(), z.unknown(), status, status, status, status, status, status])
const MATRIX = z.array(z.strictObject({ says: z.string(), rows: z.array(row) })).parse(matrix(PORTAL))
const ASKING = [PEOPLE.isv, PEOPLE.anna, PEOPLE.emil, PEOPLE.mara, PEOPLE.solo, PEOPLE.bea]

/** A gateway with a portal of its own behind it, as `asking` sees it. */
async function openFor(asking: CurrentOperator) {
  const { system, refill } = filledPortal()
  const twins = await demoTwins(system)
  const gateway = await portal(asking, { answer: twins.answer })
  return {
    /** What somebody is told; what is allowed is what the portal says, to a portal where nothing has happened yet. */
    async ask(line: string, body: unknown): Promise<200 | number> {
      refill()
      const before = gateway.seen.length
      const reply = await gateway.ask(line, { body })
      if (gateway.seen.length === before) {
        assert.equal(typeof JSON.parse(reply.body).code, 'string')
        return reply.status
      }
      const direct = await twins.direct(line, body)
      assert.deepEqual([reply.status, gateway.seen.length - before], [direct.status, 1])
      assert.ok(reply.status < 300, `${line} ${reply.status} ${reply.body}`)
      return 200
    },
    async close() {
      await Promise.all([gateway.close(), twins.close()])
    },
  }
}

describe('the rights of the License Portal', async () => {
  const gateways = await Promise.all(ASKING.map(openFor))
  after(() => Promise.all(gateways.map((gateway) => gateway.close())))

  for (const { says, rows } of MATRIX) {
    test(says, async () => {
      for (const [line, body, ...expected] of rows) {
        const [method, path] = line.split(' ')
        const answers = gateways.map((gateway) => gateway.ask(`${method} /portal${path}`, body ?? undefined))
        assert.deepEqual(await Promise.all(answers), expected, `${line} ${JSON.stringify(body)}`)
      }
    })
  }
})
