/** Files of the size of a large company: they must fit into one transaction, for which everybody waits. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { systemRandom } from '../../../../src/core/random.ts'
import { systemClock } from '../../../../src/core/time.ts'
import { readOperatorsCsv } from '../../../../src/directory/file/csv.ts'
import { directoryFiles } from '../../../../src/directory/files.ts'
import { RULES } from '../../../support/directory.ts'
import { directory, openStore } from '../../store/sqlite/processes.ts'

const COUNT = 10_000

test('W-22: a table of 10,000 operators with roles and groups is imported in one transaction, each change on record', async (t) => {
  const store = await openStore(t, join(directory(t), 'gatehouse.db'))
  const published = () => {}
  const files = directoryFiles({ store, clock: systemClock, random: systemRandom, rules: () => RULES, published })
  await store.groups.create({ id: 'g', parent: null, name: 'acme', label: null, roles: [] })
  const rows = Array.from(
    { length: COUNT },
    (_, n) => `p${n}@x.de,Person ${n},web-application:user@app,acme/g${n % 50}`,
  )
  const read = readOperatorsCsv(['account,displayName,roles,groups', ...rows].join('\n'), 'people.csv')
  assert.ok(read.ok)
  const options = { providers: ['okta'], defaultProvider: 'okta', prune: false, onlyNew: true }
  const done = await files.apply(read.value.content, options, null)
  assert.equal(done.ok && done.value.changes.length, COUNT + 50)
  const last = await store.operators.find('okta', `p${COUNT - 1}@x.de`)
  assert.deepEqual([last?.grants.length, last?.memberships.length], [1, 1])
  const events = new Map<string, number>()
  for (let after: string | undefined, more = true; more; ) {
    const page = await store.audit.list({ limit: 5000, ...(after !== undefined && { after }) })
    for (const { event, link } of page) {
      assert.notEqual(link, null)
      events.set(event, (events.get(event) ?? 0) + 1)
    }
    after = page.at(-1)?.id
    more = page.length > 0
  }
  for (const event of ['operator.created', 'role.granted', 'membership.set']) assert.equal(events.get(event), COUNT)
})
