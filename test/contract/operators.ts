/** What every store holds to for operators and their grants. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Operator, Store } from '../../src/store/ports.ts'
import { AWKWARD_NAMES, at, grant, group, newOperator, type OpenStore, withCode } from './samples.ts'

export function operatorsContract(open: OpenStore): void {
  describe('operators', () => {
    operatorTests(open)
    accountTests(open)
    listTests(open)
    grantTests(open)
  })
}

function operatorTests(open: OpenStore): void {
  test('a new operator is enabled, has no grants and is found by id and by account', async (t) => {
    const { operators } = await open(t)
    assert.equal(await operators.create(newOperator({ id: 'o1', account: 'ann', email: null })), true)
    const expected: Operator = {
      ...newOperator({ id: 'o1', account: 'ann', email: null }),
      enabled: true,
      lastSignInAt: null,
      grants: [],
      permissions: [],
      memberships: [],
    }
    assert.deepEqual(await operators.load('o1'), expected)
    assert.deepEqual(await operators.find('okta', 'ann'), expected)
  })

  test('many operators are created with all that they have, and all or none', async (t) => {
    const { operators, groups } = await open(t)
    await groups.create(group())
    const many = Array.from({ length: 250 }, (_, n): Operator => {
      const person = newOperator({ id: `o${n}`, account: `person ${n}` })
      return {
        ...person,
        enabled: n % 2 === 0,
        lastSignInAt: n === 3 ? at(7) : null,
        grants: [grant(), grant({ role: 'openlm:admin_role', service: 'lic', expiresAt: at(9) })],
        permissions: [{ resource: 'openlm:add_project', effect: 'deny' }],
        memberships: [{ group: 'group-1', rights: [{ right: 'admin', products: null }], source: 'local' }],
      }
    })
    await operators.createAll(many)
    for (const n of [0, 3, 99, 100, 249]) assert.deepEqual(await operators.load(`o${n}`), many[n])
    assert.equal((await groups.members('group-1')).length, 250)
    const [first] = many
    assert.ok(first)
    const other = { ...first, id: 'other', account: 'other' }
    for (const wrong of [
      { ...other, id: 'o0' },
      { ...other, account: 'person 0' },
      { ...other, memberships: [{ group: 'ghost', rights: [], source: 'local' as const }] },
    ]) {
      await assert.rejects(operators.createAll([{ ...other, id: 'new', account: 'new' }, wrong]), withCode('INTERNAL'))
      assert.equal(await operators.load('new'), undefined)
    }
    await operators.createAll([])
  })

  test('an operator who is not there is undefined, and updating or deleting him false', async (t) => {
    const { operators } = await open(t)
    assert.equal(await operators.load('nobody'), undefined)
    assert.equal(await operators.find('okta', 'nobody'), undefined)
    assert.equal(await operators.update('nobody', { enabled: false }), false)
    assert.equal(await operators.update('nobody', {}), false)
    assert.equal(await operators.delete('nobody'), false)
  })

  test('an update replaces the given fields and leaves the others', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1' }))
    await operators.putGrant('o1', grant())
    assert.equal(await operators.update('o1', { email: null, enabled: false, lastSignInAt: at(9) }), true)
    assert.equal(await operators.update('o1', {}), true)
    const { email, enabled, lastSignInAt, displayName, grants } = (await operators.load('o1')) ?? {}
    assert.deepEqual({ email, enabled, lastSignInAt }, { email: null, enabled: false, lastSignInAt: at(9) })
    assert.deepEqual({ displayName, grants }, { displayName: 'Ann', grants: [grant()] })
  })

  test('a deleted operator takes his grants along, and his account can be created anew', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1', account: 'ann' }))
    await operators.putGrant('o1', grant())
    assert.equal(await operators.delete('o1'), true)
    assert.equal(await operators.countHolders({ roles: ['administrator'], service: null }, at(0)), 0)
    assert.equal(await operators.create(newOperator({ id: 'o2', account: 'ann' })), true)
    assert.deepEqual((await operators.find('okta', 'ann'))?.grants, [])
  })

  test('an id that is given out twice is an INTERNAL fault and changes nothing', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1', account: 'ann' }))
    await assert.rejects(operators.create(newOperator({ id: 'o1', account: 'bob' })), withCode('INTERNAL'))
    assert.equal((await operators.load('o1'))?.account, 'ann')
  })

  test('what a store gave out can be changed without changing the store', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1' }))
    await operators.putGrant('o1', grant())
    Object.assign((await operators.load('o1'))?.grants[0] ?? {}, { locked: true })
    assert.equal((await operators.load('o1'))?.grants[0]?.locked, false)
  })
}

function accountTests(open: OpenStore): void {
  test('one (provider, account) can be created once; with another provider it is another operator', async (t) => {
    const { operators } = await open(t)
    assert.equal(await operators.create(newOperator({ id: 'o1', account: 'ann' })), true)
    assert.equal(await operators.create(newOperator({ id: 'o2', account: 'ann', displayName: 'Eve' })), false)
    assert.equal(await operators.load('o2'), undefined)
    assert.equal((await operators.find('okta', 'ann'))?.displayName, 'Ann')
    assert.equal(await operators.create(newOperator({ id: 'o3', account: 'ann', provider: 'local' })), true)
    assert.equal((await operators.find('local', 'ann'))?.id, 'o3')
  })

  test('of 50 parallel creations of one (provider, account) exactly one is true', async (t) => {
    const { operators } = await open(t)
    const ids = Array.from({ length: 50 }, (_, index) => `o${index}`)
    const created = await Promise.all(ids.map((id) => operators.create(newOperator({ id, account: 'ann' }))))
    assert.equal(created.filter(Boolean).length, 1)
    assert.equal((await operators.find('okta', 'ann'))?.id, ids[created.indexOf(true)])
  })

  test('accounts, ids and providers compare exactly: case, spaces, Unicode form, quotes, property names', async (t) => {
    const { operators } = await open(t)
    for (const name of AWKWARD_NAMES) {
      assert.equal(await operators.create(newOperator({ id: name, account: name })), true, JSON.stringify(name))
      assert.equal(await operators.create(newOperator({ id: `p ${name}`, provider: name, account: '' })), true)
    }
    for (const name of AWKWARD_NAMES) {
      assert.equal((await operators.find('okta', name))?.id, name)
      assert.equal((await operators.load(name))?.account, name)
      assert.equal((await operators.find(name, ''))?.id, `p ${name}`)
    }
    assert.equal(await operators.find('OKTA', 'ann@example.com'), undefined)
  })
}

function listTests(open: OpenStore): void {
  test('the list pages through all operators in order of (account, provider) by the bytes of UTF-8', async (t) => {
    const { operators } = await open(t)
    // U+FF21 comes before U+1F600 by bytes and by code point, after it by UTF-16 unit.
    const accounts = ['\u{1f600}', '\uff21', 'b', 'a', 'B', 'a ', 'é', 'aa', '']
    for (const account of accounts) {
      for (const provider of ['okta', 'local', 'Okta']) {
        await operators.create(newOperator({ id: `${provider}/${account}`, provider, account }))
      }
    }
    const order = ['', 'B', 'a', 'a ', 'aa', 'b', 'é', '\uff21', '\u{1f600}']
    const expected = order.flatMap((account) => ['Okta', 'local', 'okta'].map((provider) => `${provider}/${account}`))
    for (const limit of [1, 4, 100]) assert.deepEqual(await allIds(operators, limit), expected)
  })

  test('O-17: guests are in no list, whatever it is narrowed to, and found by their id', async (t) => {
    const { operators } = await open(t)
    const guest = newOperator({ id: 'guest:lm', provider: 'guest', account: 'guest:lm' })
    await operators.create(guest)
    await operators.create(newOperator({ id: 'o1', account: 'zoe' }))
    assert.deepEqual(await allIds(operators, 1), ['o1'])
    assert.deepEqual(await operators.list({ account: 'guest:lm', limit: 10 }), [])
    assert.equal((await operators.load('guest:lm'))?.account, 'guest:lm')
    assert.equal(await operators.create(guest), false)
  })

  test('the list narrowed to an account has that account of each provider, with the grants', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1', account: 'ann' }))
    await operators.create(newOperator({ id: 'o2', account: 'ann', provider: 'local' }))
    await operators.create(newOperator({ id: 'o3', account: 'Ann' }))
    await operators.putGrant('o2', grant({ role: 'b' }))
    await operators.putGrant('o2', grant({ role: 'a' }))
    const found = await operators.list({ account: 'ann', limit: 10 })
    assert.deepEqual(
      found.map(({ id, grants }) => [id, grants.map(({ role }) => role)]),
      [
        ['o2', ['a', 'b']],
        ['o1', []],
      ],
    )
    const rest = await operators.list({ account: 'ann', after: { account: 'ann', provider: 'local' }, limit: 10 })
    assert.deepEqual(
      rest.map(({ id }) => id),
      ['o1'],
    )
  })
}

function grantTests(open: OpenStore): void {
  test('a grant replaces the one of the same role and service, and only that', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1' }))
    const everywhere = grant({ source: 'assertion', locked: true, expiresAt: at(60) })
    await operators.putGrant('o1', grant({ service: 'clm' }))
    await operators.putGrant('o1', grant({ role: 'Administrator' }))
    await operators.putGrant('o1', grant())
    await operators.putGrant('o1', everywhere)
    const expected = [grant({ role: 'Administrator' }), everywhere, grant({ service: 'clm' })]
    assert.deepEqual((await operators.load('o1'))?.grants, expected)
  })

  test('a grant is taken out by its exact role and service', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'o1' }))
    await operators.putGrant('o1', grant())
    assert.equal(await operators.removeGrant('o1', { role: 'administrator', service: 'clm', scope: null }), false)
    assert.equal(await operators.removeGrant('o1', { role: 'administrator ', service: null, scope: null }), false)
    assert.equal(await operators.removeGrant('nobody', { role: 'administrator', service: null, scope: null }), false)
    assert.equal(await operators.removeGrant('o1', { role: 'administrator', service: null, scope: null }), true)
    assert.equal(await operators.removeGrant('o1', { role: 'administrator', service: null, scope: null }), false)
    assert.deepEqual((await operators.load('o1'))?.grants, [])
  })

  test('a grant for somebody who is not there is an INTERNAL fault', async (t) => {
    const { operators } = await open(t)
    await assert.rejects(operators.putGrant('nobody', grant()), withCode('INTERNAL'))
  })

  test('holders are the enabled operators with an unexpired grant for every service', async (t) => {
    const { operators } = await open(t)
    const holders = {
      plain: grant(),
      unexpired: grant({ expiresAt: at(11) }),
      expired: grant({ expiresAt: at(10) }),
      oneService: grant({ service: 'clm' }),
      otherRole: grant({ role: 'administrators' }),
      disabled: grant(),
    }
    for (const [id, held] of Object.entries(holders)) {
      await operators.create(newOperator({ id }))
      await operators.putGrant(id, held)
    }
    await operators.update('disabled', { enabled: false })
    assert.equal(await operators.countHolders({ roles: ['administrator'], service: null }, at(10)), 2)
    assert.equal(await operators.countHolders({ roles: ['administrator'], service: null }, at(11)), 1)
    assert.equal(await operators.countHolders({ roles: ['nothing'], service: null }, at(10)), 0)
  })
}

async function allIds(operators: Store['operators'], limit: number): Promise<string[]> {
  const ids: string[] = []
  let page = await operators.list({ limit })
  while (page.length > 0) {
    assert.ok(page.length <= limit)
    ids.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    page = last === undefined ? [] : await operators.list({ after: last, limit })
  }
  return ids
}
