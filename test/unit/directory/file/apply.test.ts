/** What a file changes while others change the directory too. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { systemRandom } from '../../../../src/core/random.ts'
import { systemClock } from '../../../../src/core/time.ts'
import { directory } from '../../../../src/directory/directory.ts'
import { checkContent } from '../../../../src/directory/file/read.ts'
import { directoryFiles } from '../../../../src/directory/files.ts'
import { memoryStore } from '../../../../src/store/memory/memory-store.ts'
import type { Store } from '../../../../src/store/ports.ts'
import { RULES } from '../../../support/directory.ts'

/** Files at work on a store in which `between` happens when the transaction of a file is about to begin. */
function raced(between: (people: ReturnType<typeof directory>) => Promise<unknown>) {
  const store = memoryStore()
  const parts = { clock: systemClock, random: systemRandom, rules: () => RULES, published: () => {} }
  const people = directory({ ...parts, store })
  let pending = true
  const transaction: Store['transaction'] = async (work) => {
    if (pending) {
      pending = false
      await between(people)
    }
    return store.transaction(work)
  }
  return { store, people, files: directoryFiles({ ...parts, store: { ...store, transaction } }) }
}

function content(file: unknown) {
  const checked = checkContent(file)
  assert.ok(checked.ok)
  return checked.value
}

const HOW = { providers: ['okta'], defaultProvider: 'okta', prune: false }
const ANN = { account: 'ann', provider: 'okta' }

test('what is there by the time that it is written is seen: an account that was made meanwhile is not made again', async () => {
  const { store, files } = raced((people) => people.create({ ...ANN, displayName: null, roles: [] }, null))
  const file = content({ operators: [{ account: 'ann', displayName: 'Ann' }, { account: 'ben' }] })
  const refused = await files.apply(file, { ...HOW, onlyNew: true }, null)
  assert.deepEqual(refused.ok ? [] : refused.error.map(({ message }) => message), ['ann of okta is there already'])
  assert.equal(await store.operators.find('okta', 'ben'), undefined)
  const done = await files.apply(file, HOW, null)
  assert.equal(done.ok, true)
  assert.equal((await store.operators.find('okta', 'ann'))?.displayName, 'Ann')
})

test('a grant that was taken away meanwhile is given again, as the file says', async () => {
  const role = { role: 'web-application:user', service: null }
  const { store, people, files } = raced((others) => others.revoke(ANN, role, null))
  await people.create({ ...ANN, displayName: null, roles: [role] }, null)
  const done = await files.apply(content({ operators: [{ account: 'ann', roles: [role.role] }] }), HOW, null)
  assert.equal(done.ok && done.value.changes.length, 1)
  assert.deepEqual(
    (await store.operators.find('okta', 'ann'))?.grants.map((grant) => grant.role),
    [role.role],
  )
})
