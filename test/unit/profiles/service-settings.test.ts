import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceRulesOf, settingFindings } from '../../../src/profiles/service-settings.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'

const profiles = await loadShippedProfiles()

function findings(id: string, settings: Record<string, unknown>): readonly string[] {
  const profile = profiles.get(id) ?? assert.fail(id)
  return settingFindings(profile, settings).map(({ key, message }) => `${key.join('.')} ${message}`)
}

test('a service states what its profile declares', () => {
  assert.deepEqual(findings('cisco-license-manager', { emptyDeviceList: 'matrix', accessLists: 'literal' }), [])
  assert.deepEqual(findings('flexnet-license-server', { securityAnonymous: true }), [])
})

test('anything else is refused with what is allowed', () => {
  assert.deepEqual(findings('cisco-license-manager', { emptyDeviceList: 'none', deviceList: 1 }), [
    'emptyDeviceList must be one of: inventory, matrix',
    'deviceList is no setting of cisco-license-manager; must be one of: emptyDeviceList, accessLists',
  ])
  assert.deepEqual(findings('flexnet-license-server', { securityAnonymous: 'yes' }), [
    'securityAnonymous must be a truth value (true or false)',
  ])
  assert.deepEqual(findings('cisco-license-manager', { rules: [] }).length, 1)
})

test('rules of a service’s own are checked part by part', () => {
  const rules = [
    { methods: ['GET'], path: '/admin/**', roles: ['web-application:viewer', 'helpdesk'] },
    { path: '**', roles: [] },
  ]
  assert.deepEqual(findings('web-application', { rules }), [])
  const profile = profiles.get('web-application') ?? assert.fail()
  assert.deepEqual(serviceRulesOf(profile, { rules })?.[1], { methods: [], path: '**', roles: [] })
  assert.equal(serviceRulesOf(profile, {}), null)
  const wrong = [{ methods: ['get'], path: 'admin', roles: ['web-application:ghost'], extra: 1 }]
  assert.deepEqual(
    findings('web-application', { rules: wrong }).map((each) => each.split(' ')[0]),
    ['rules.0.methods.0', 'rules.0.path', 'rules.0'],
  )
  assert.deepEqual(findings('web-application', { rules: [{ path: '/', roles: ['web-application:ghost'] }] }), [
    'rules.0.roles.0 is no role of web-application',
  ])
})
