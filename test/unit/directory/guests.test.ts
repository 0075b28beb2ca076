/** What a guest is, and that no change of the directory reaches him (openlm.md O-17). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import { lint } from '../../../src/authz/lint.ts'
import { whatMay, whoMay } from '../../../src/authz/who.ts'
import { world } from '../../../src/authz/world.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import { directory } from '../../../src/directory/directory.ts'
import { directoryFiles } from '../../../src/directory/files.ts'
import { groupDirectory } from '../../../src/directory/group-changes.ts'
import { guestReader, guestsOf } from '../../../src/directory/guests.ts'
import { operatorFacts } from '../../../src/directory/operator-facts.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { merge } from '../../support/directory.ts'
import { service } from '../../support/gateway.ts'

const profiles = await loadShippedProfiles()
const SERVICES = [
  service({ id: 'lm', profile: 'openlm', guest: true }),
  service({ id: 'lm2', profile: 'openlm' }),
  service({ id: 'app', guest: true }),
]
const NOW = instant(1_800_000_000_000)
const EVERY_PAGE = { limit: 1000 }

function house() {
  const store = memoryStore()
  const parts = {
    store,
    clock: { now: () => NOW },
    random: systemRandom,
    rules: () => ({ services: SERVICES, profiles }),
    published: () => {},
  }
  return { store, people: directory(parts), groups: groupDirectory(parts), files: directoryFiles(parts) }
}

describe('what a guest is', () => {
  test('O-17: one for each service that admits guests and whose profile has a role for them', () => {
    const guests = guestsOf({ services: SERVICES, profiles })
    assert.deepEqual(
      guests.map(({ id, provider, enabled, grants, permissions, memberships }) => ({
        id,
        provider,
        enabled,
        roles: grants.map(({ role, service: at }) => `${role}@${at}`),
        more: permissions.length + memberships.length,
      })),
      [{ id: 'guest:lm', provider: 'guest', enabled: true, roles: ['openlm:guest_role@lm'], more: 0 }],
    )
  })

  test('O-17: his facts are never read from the store, and are gone with the setting', async () => {
    const { store } = house()
    await store.operators.create({
      id: 'guest:lm',
      provider: 'guest',
      account: 'guest:lm',
      displayName: 'Forged',
      email: null,
      createdAt: NOW,
    })
    let services = SERVICES
    const guest = guestReader(() => ({ services, profiles }))
    const facts = operatorFacts({ store, clock: { now: () => NOW }, guest })
    const found = facts.load('guest:lm')
    assert.ok(found !== undefined && !(found instanceof Promise))
    assert.equal(found.displayName, null)
    assert.equal(facts.load('guest:lm'), found)
    assert.equal(facts.load('guest:lm2'), undefined)
    services = SERVICES.map((each) => ({ ...each, guest: false }))
    assert.equal(facts.load('guest:lm'), undefined)
  })

  test('O-17: who-may, what-may and lint know him', () => {
    const directoryNow = { operators: guestsOf({ services: SERVICES, profiles }), roles: [], groups: [], objects: [] }
    const all = world({ services: SERVICES, profiles, directory: directoryNow, now: NOW })
    const holders = (name: string, at = 'lm') =>
      whoMay(all, { service: at, name }, null, EVERY_PAGE).items.map(({ account }) => account)
    assert.deepEqual(holders('view_dashboard'), ['guest:lm'])
    assert.deepEqual(holders('add_role'), [])
    assert.deepEqual(holders('view_dashboard', 'lm2'), [])
    const subject = all.current('guest:lm') ?? assert.fail()
    const abilities = whatMay(all, subject, { service: null }, EVERY_PAGE).items
    assert.deepEqual([...new Set(abilities.map(({ service: at }) => at))], ['lm'])
    const role = { id: 'x', grants: [{ role: 'openlm:guest_role', service: 'lm' }] }
    for (const { operation, effect } of abilities) {
      assert.equal(decide(all.snapshot, role, { service: 'lm', name: operation }).effect, effect, operation)
    }
    assert.deepEqual(lint(all, directoryNow), [])
  })
})

describe('changes', () => {
  test('O-17: every change that names a guest is refused by name', async () => {
    const { people, groups } = house()
    await groups.create('acme', null, null)
    const named = { account: 'guest:lm', provider: 'guest' }
    const role = { role: 'openlm:admin_role', service: null }
    const refused = { code: 'GUEST_FIXED' }
    for (const who of [named, { ...named, provider: null }]) {
      await assert.rejects(people.grant(who, role, null), refused)
      await assert.rejects(people.revoke(who, role, null), refused)
      await assert.rejects(people.enable(who, null), refused)
      await assert.rejects(people.disable(who, null), refused)
      await assert.rejects(people.remove(who, 'refuse', null), refused)
      await assert.rejects(people.show(who), refused)
      await assert.rejects(groups.putMember('acme', who, [], null), refused)
    }
    const draft = { ...named, displayName: null, roles: [role] }
    await assert.rejects(people.create(draft, null), refused)
  })

  test('O-17: a directory file can neither make one, nor give him anything, nor take him out', async () => {
    const roles = ['openlm:admin_role']
    const given = merge({ operators: [{ account: 'guest:lm', provider: 'guest', roles }] })
    assert.deepEqual(given, ['operators[0].provider: a guest has the guest role of his service and nothing else'])
    const listed = merge({ objects: [{ service: 'clm', type: 'device', id: 'd', accessList: ['guest:lm'] }] })
    assert.match(String(listed), /there is no operator guest:lm/)

    const { store, files } = house()
    const row = {
      id: 'guest:lm',
      provider: 'guest',
      account: 'guest:lm',
      displayName: null,
      email: null,
      createdAt: NOW,
    }
    await store.operators.create(row)
    const options = { providers: ['okta'], defaultProvider: 'okta', prune: true }
    const file = { operators: [{ account: 'ann' }] }
    assert.equal((await files.apply(file as Parameters<typeof files.apply>[0], options, null)).ok, true)
    assert.equal((await store.operators.load('guest:lm'))?.account, 'guest:lm')
    assert.deepEqual(
      (await files.current()).operators.map(({ account }) => account),
      ['ann'],
    )
  })
})
