import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { matrix } from '../../support/licence-gateway.ts'
import { PEOPLE, PORTAL, portal } from '../../support/portal-people.ts'

const status = z.union([z.literal(200), z.literal(403), z.literal(404)])
const row = z.tuple([z.string(), z.unknown(), status, status, status, status, status, status])
const MATRIX = z.array(z.strictObject({ says: z.string(), rows: z.array(row) })).parse(matrix(PORTAL))
const ASKING = [PEOPLE.isv, PEOPLE.anna, PEOPLE.emil, PEOPLE.mara, PEOPLE.solo, PEOPLE.bea]

describe('the rights of the License Portal', async () => {
  const gateways = await Promise.all(
    ASKING.map((asking) => portal(asking, { answer: () => ({ body: '{"ticket":"T","serial":"C"}' }) })),
  )
  after(() => Promise.all(gateways.map((gateway) => gateway.close())))

  for (const { says, rows } of MATRIX) {
    test(says, async () => {
      for (const [line, body, ...expected] of rows) {
        const [method, path] = line.split(' ')
        const answers = gateways.map(async (gateway) => {
          const before = gateway.seen.length
          const reply = await gateway.ask(`${method} /portal${path}`, body === null ? {} : { body })
          assert.equal(gateway.seen.length - before, reply.status === 200 ? 1 : 0)
          return reply.status
        })
        assert.deepEqual(await Promise.all(answers), expected, `${line} ${JSON.stringify(body)}`)
      }
    })
  }
})
