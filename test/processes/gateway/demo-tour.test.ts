/** What the pages of the demo say that Ada, Otto, Sam and a guest get is what they get, through the running demo. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { DEMO_SYSTEMS } from '../../../src/demo/services/services.ts'
import type { Step } from '../../../src/demo/services/tour.ts'
import { type Browser, browser } from '../../support/browser.ts'
import { freePorts, type Running, startGatehouse } from '../../support/process.ts'

/** Those who change least go first. */
const PEOPLE = ['sam', 'otto', 'ada'] as const

let folder: string
let demo: Running
let url: string
const visitors = new Map<string, Browser>()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'))
  const port = await freePorts(7)
  url = `http://localhost:${port}`
  demo = startGatehouse(['demo', '--port', String(port), '--data', folder])
  await demo.says('Ctrl-C')
  for (const name of PEOPLE) {
    const account = DEMO_ACCOUNTS.find((each) => each.account.startsWith(name))?.account ?? assert.fail(name)
    const visitor = browser()
    await visitor.goto(`${url}/openlm/api/dashboard`)
    await visitor.click('Demo identity provider')
    await visitor.submitForm(visitor.page(), { button: account })
    assert.equal((await visitor.submitForm()).status, 200)
    visitors.set(name, visitor)
  }
  const guest = browser()
  await guest.goto(`${url}/openlm/api/dashboard`)
  assert.equal((await guest.submitForm(guest.page(), { button: 'Continue as guest' })).status, 200)
  visitors.set('guest', guest)
})
after(async () => {
  demo.signal('SIGTERM')
  await demo.ended
  await rm(folder, { recursive: true, force: true })
})

async function statusFor(name: string, prefix: string, { method, path, body }: Step): Promise<number> {
  const visitor = visitors.get(name) ?? assert.fail(name)
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  return (await visitor.fetch(`${url}${prefix}${path}`, { method, headers, ...sent })).status
}

describe('the tour of the demo', { concurrency: false }, () => {
  for (const { title, prefix, open } of DEMO_SYSTEMS) {
    it(`${title}: everybody gets what the page says, and once more the second time`, async () => {
      const { tour } = open()
      assert.ok(tour.length >= 10)
      for (const round of [1, 2]) {
        const got: string[] = []
        for (const step of tour) {
          const statuses: number[] = []
          if (step.guest !== undefined) statuses.unshift(await statusFor('guest', prefix, step))
          for (const name of PEOPLE) statuses.unshift(await statusFor(name, prefix, step))
          got.push(`${step.rule}: ${statuses.join(' ')}`)
        }
        const expected = tour.map(({ rule, ada, otto, sam, guest = '' }) =>
          `${rule}: ${ada} ${otto} ${sam} ${guest}`.trim(),
        )
        assert.deepEqual(got, expected, `round ${round}`)
      }
    })
  }

  it('O-17: a guest sees no server, and at the other services he is nobody', async () => {
    const guest = visitors.get('guest') ?? assert.fail()
    const nobody = browser()
    await nobody.goto(`${url}/openlm/`)
    visitors.set('nobody', nobody)
    const headers = { accept: 'application/json' }
    assert.deepEqual(JSON.parse((await guest.fetch(`${url}/openlm/api/servers`, { headers })).text).rows, [])
    for (const { prefix, open } of DEMO_SYSTEMS.filter(({ id }) => id !== 'openlm')) {
      for (const step of open().tour.filter(({ method }) => method === 'GET')) {
        assert.equal(await statusFor('guest', prefix, step), await statusFor('nobody', prefix, step), step.path)
      }
    }
  })
})
