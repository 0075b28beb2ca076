import assert from 'node:assert/strict'
import { test } from 'node:test'

import { behindPrefix, routeTable } from '../../../src/gateway/route-table.ts'
import { service } from '../../support/gateway.ts'

const table = routeTable([
  service({ id: 'root', match: { path: '/', host: null } }),
  service({ id: 'flexnet', match: { path: '/flexnet/', host: null } }),
  service({ id: 'inner', match: { path: '/flexnet/inner/', host: null } }),
  service({ id: 'lic', match: { path: null, host: 'lic.example.com' } }),
  service({ id: 'lic-api', match: { path: '/api/', host: 'lic.example.com' } }),
])

const CASES: readonly (readonly [host: string, path: string, answer: string])[] = [
  ['gw.test', '/', 'root'],
  ['gw.test', '/x', 'root'],
  ['gw.test', '/flexnet/', 'flexnet'],
  ['gw.test', '/flexnet/x', 'flexnet'],
  ['gw.test', '/flexnet', 'redirect /flexnet/'],
  ['gw.test', '/flexnetx', 'root'],
  ['gw.test', '/Flexnet/x', 'root'],
  ['gw.test', '/flexnet/inner/y', 'inner'],
  ['gw.test', '/flexnet/inner', 'redirect /flexnet/inner/'],
  ['gw.test', '/flexnet/innery', 'flexnet'],
  ['lic.example.com', '/', 'lic'],
  ['lic.example.com', '/api/x', 'lic-api'],
  ['lic.example.com', '/api', 'redirect /api/'],
  ['lic.example.com', '/flexnet/x', 'lic'],
]

for (const [host, path, answer] of CASES) {
  test(`${host}${path} leads to ${answer}`, () => {
    const match = table.match(host, path)
    assert.equal(match?.kind === 'redirect' ? `redirect ${match.path}` : match?.route.service.id, answer)
  })
}

test('without a service at / an unknown path matches nothing', () => {
  assert.equal(routeTable([service({ match: { path: '/a/', host: null } })]).match('gw.test', '/b'), undefined)
})

test('what is left behind a prefix keeps its leading slash', () => {
  const match = table.match('gw.test', '/flexnet/inner/y')
  assert.ok(match)
  assert.equal(behindPrefix(match.route, '/flexnet/inner/y'), '/y')
  assert.equal(match.route.strippedPrefix, '/flexnet/inner')
})

test('keepPrefix strips nothing', () => {
  const match = routeTable([service({ match: { path: '/a/', host: null }, keepPrefix: true })]).match('gw.test', '/a/b')
  assert.equal(match?.route.strippedPrefix, '')
})
