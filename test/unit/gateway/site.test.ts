import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { type Site, sites } from '../../../src/gateway/site.ts'

const SECURE = { origin: 'https://gate.example', host: 'gate.example', secure: true }
const WITH_PORT = { origin: 'https://gate.example:8443', host: 'gate.example:8443', secure: true }
const LOCAL = { origin: 'http://localhost:8080', host: 'localhost:8080', secure: false }

function table(publicUrl: typeof SECURE, hosts: readonly string[]) {
  return sites({ publicUrl, services: hosts.map((host) => ({ match: { host, path: null } })) })
}

function describeSite(site: Site | undefined): string {
  return site === undefined ? 'none' : `${site.origin} ${site.routeHost} ${site.secretHost}`
}

describe('sites', () => {
  const ours = table(SECURE, ['lic.example', 'app.example:8443', 'gate.example:9443', 'tls.example:443', '[::1]'])
  for (const [host, scheme, expected] of [
    ['gate.example', 'https', 'https://gate.example gate.example null'],
    ['gate.example:443', 'https', 'https://gate.example gate.example null'],
    ['gate.example:443', 'http', 'https://gate.example gate.example null'],
    ['gate.example:80', 'http', 'https://gate.example gate.example null'],
    ['gate.example:80', 'https', 'none'],
    ['gate.example:8443', 'https', 'none'],
    ['gate.example:9443', 'https', 'https://gate.example:9443 gate.example:9443 null'],
    ['lic.example', 'https', 'https://lic.example lic.example lic.example'],
    ['lic.example:443', 'https', 'https://lic.example lic.example lic.example'],
    ['lic.example:8443', 'https', 'none'],
    ['app.example:8443', 'https', 'https://app.example:8443 app.example:8443 app.example'],
    ['app.example', 'https', 'none'],
    ['tls.example', 'https', 'https://tls.example tls.example:443 tls.example'],
    ['[::1]', 'https', 'https://[::1] [::1] [::1]'],
    ['evil.example', 'https', 'none'],
    ['lic.example.', 'https', 'none'],
    ['', 'https', 'none'],
    ['constructor', 'https', 'none'],
  ] as const) {
    test(`${scheme}, Host ${host || '(empty)'}: ${expected}`, () => {
      assert.equal(describeSite(ours.find(host, scheme)), expected)
    })
  }

  test('a host without a port is served on the port of publicUrl, too, unless that is another service', () => {
    const found = (hosts: readonly string[]) => describeSite(table(WITH_PORT, hosts).find('lic.example:8443', 'https'))
    assert.equal(found(['lic.example']), 'https://lic.example:8443 lic.example lic.example')
    assert.equal(found(['lic.example', 'lic.example:8443']), 'https://lic.example:8443 lic.example:8443 lic.example')
    assert.equal(found(['lic.example:8443', 'lic.example']), 'https://lic.example:8443 lic.example:8443 lic.example')
  })

  test('on http all of them are http', () => {
    const found = table(LOCAL, ['lic.localhost']).find('lic.localhost:8080', 'http')
    assert.equal(describeSite(found), 'http://lic.localhost:8080 lic.localhost lic.localhost')
  })

  test('those of services are all but that of publicUrl', () => {
    const hosts = table(WITH_PORT, ['lic.example', 'gate.example']).ofServices.map(({ host }) => host)
    assert.deepEqual(hosts.sort(), ['gate.example', 'lic.example', 'lic.example:8443'])
  })
})
