import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import { isInside } from '../../../src/authz/groups.ts'
import type { DirectoryGroup, DirectoryRole } from '../../../src/authz/model.ts'
import { compileSnapshot, modelProblems } from '../../../src/authz/snapshot.ts'
import { AppError } from '../../../src/core/errors.ts'
import { testProfile } from '../../support/profiles.ts'

const lab = testProfile({
  id: 'lab',
  resources: { read: 'r', 'rack_*': { class: 'server', description: 'racks' } },
  roles: { boss: { description: 'b', allow: ['read'] } },
  administratorRole: 'boss',
})
const profiles = new Map([['lab', lab]])
const services = [{ id: 'one', profile: 'lab', authorization: 'on' as const }]

function role(name: string, over: Partial<DirectoryRole> = {}): DirectoryRole {
  return { name, parents: [], permissions: [], scope: null, ...over }
}

function group(id: string, parent: string | null = null, name = id): DirectoryGroup {
  return { id, parent, name, roles: [] }
}

function refusal(parts: { roles?: readonly DirectoryRole[]; groups?: readonly DirectoryGroup[] }): readonly string[] {
  assert.throws(
    () => compileSnapshot({ services, profiles, ...parts, revision: 1 }),
    (error) => error instanceof AppError && error.code === 'CONFIG_INVALID',
  )
  return modelProblems({ profiles, ...parts })
}

describe('what does not compile', () => {
  test('O-6: a role above itself is refused, with the way round', () => {
    const roles = [role('a', { parents: ['b'] }), role('b', { parents: ['c'] }), role('c', { parents: ['a'] })]
    assert.deepEqual(refusal({ roles }), ['role a: it is its own ancestor (a → b → c → a)'])
    assert.deepEqual(refusal({ roles: [role('a', { parents: ['a'] })] }), ['role a: it is its own ancestor (a → a)'])
  })

  test('unknown parents and resources are refused by name, all of them', () => {
    const permissions = [
      { resource: 'lab:fly', effect: 'allow' },
      { resource: 'ghost:read', effect: 'allow' },
      { resource: 'read', effect: 'allow' },
    ] as const
    assert.deepEqual(refusal({ roles: [role('a', { parents: ['nobody'], permissions })] }), [
      'role a: its parent nobody does not exist',
      'role a: there is no resource lab:fly',
      'role a: there is no resource ghost:read',
      'role a: there is no resource :read',
    ])
  })

  test('names that are taken are refused: another role, a shipped one, administrator', () => {
    const names = (name: string) => refusal({ roles: [role(name), ...(name === 'a' ? [role('a')] : [])] })
    assert.deepEqual(names('a'), ['role a: the name is given twice'])
    assert.deepEqual(names('lab:boss'), ['role lab:boss: the name is given twice'])
    assert.deepEqual(names('administrator'), ["role administrator: the name is the gateway's own"])
  })

  test('W-2: groups that are no forest are refused: above themselves, without their parent, twice in one place', () => {
    assert.deepEqual(refusal({ groups: [group('a', 'b'), group('b', 'a'), group('c')] }), [
      'groups a, b: they are above themselves',
    ])
    assert.deepEqual(refusal({ groups: [group('a', 'gone')] }), ['group a: its parent gone does not exist'])
    assert.deepEqual(refusal({ groups: [group('a'), group('b', null, 'a')] }), [
      'group a: there are two of that name in the same place',
    ])
    assert.deepEqual(refusal({ groups: [group('a'), group('a', null, 'b')] }), ['group a: the id is given twice'])
  })
})

describe('what compiles', () => {
  test('W-2: groups know their paths, and what is inside what', () => {
    const groups = [group('leaf', 'mid'), group('top'), group('other'), group('mid', 'top'), group('side', 'top')]
    const { groups: byId, groupsByPath } = compileSnapshot({ services, profiles, groups, revision: 1 })
    const at = (id: string) => byId.get(id) ?? assert.fail(id)
    assert.equal(groupsByPath.get('top/mid/leaf')?.id, 'leaf')
    const inside = (one: string, other: string) => isInside(at(one).first, at(other))
    assert.deepEqual(
      [inside('leaf', 'top'), inside('leaf', 'mid'), inside('leaf', 'leaf'), inside('side', 'top')],
      [true, true, true, true],
    )
    assert.deepEqual(
      [inside('top', 'leaf'), inside('leaf', 'side'), inside('leaf', 'other'), inside('other', 'top')],
      [false, false, false, false],
    )
  })

  test('a chain of ten thousand groups and one of two thousand roles terminate', () => {
    const groups = Array.from({ length: 10_000 }, (_, each) =>
      group(`g${each}`, each === 0 ? null : `g${each - 1}`, 'n'),
    )
    const roles = Array.from({ length: 2000 }, (_, each) =>
      role(`r${each}`, each === 0 ? { parents: ['lab:boss'] } : { parents: [`r${each - 1}`] }),
    )
    const snapshot = compileSnapshot({ services, profiles, groups, roles, revision: 1 })
    const subject = {
      id: 'ann',
      grants: [{ role: 'r1999', service: null, scope: null }],
      permissions: [],
      memberships: [],
    }
    assert.equal(decide(snapshot, subject, { service: 'one', name: 'read' }).effect, 'allow')
    const [top, deep] = [snapshot.groups.get('g0'), snapshot.groups.get('g9999')]
    assert.ok(top !== undefined && deep !== undefined && isInside(deep.first, top))
  })

  test('O-6: without a parent its statements are gone, from the next snapshot on', () => {
    const parent = role('parent', { permissions: [{ resource: 'lab:read', effect: 'allow' }] })
    const child = role('child', { parents: ['parent', 'lab:boss'] })
    const other = role('child', { permissions: [{ resource: 'lab:rack_1', effect: 'allow' }] })
    const subject = {
      id: 'ann',
      grants: [{ role: 'child', service: null, scope: null }],
      permissions: [],
      memberships: [],
    }
    const read = (roles: readonly DirectoryRole[]) => {
      const snapshot = compileSnapshot({ services, profiles, roles, revision: 1 })
      return decide(snapshot, subject, { service: 'one', name: 'read' }).effect
    }
    assert.equal(read([parent, child]), 'allow')
    assert.equal(read([other]), 'deny')
  })

  test('members of a family that only an operator names are his alone', () => {
    const snapshot = compileSnapshot({ services, profiles, roles: [], revision: 1 })
    const grants = [{ role: 'lab:boss', service: null, scope: null }]
    const permissions = [{ resource: 'lab:rack_7', effect: 'allow' }] as const
    const asked = (name: string) =>
      decide(snapshot, { id: 'ann', grants, permissions }, { service: 'one', name }).effect
    assert.deepEqual(
      [asked('rack_7'), asked('rack_8'), asked('rack_*'), asked('rack_')],
      ['allow', 'deny', 'deny', 'deny'],
    )
  })
})
