import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { returnTarget } from '../../../src/signin/return-to.ts'
import { fc } from '../../support/properties.ts'

const publicUrl = { origin: 'https://gate.example.com', host: 'gate.example.com', secure: true }
const hosts = ['lic.example.com', 'app.example.com:8443']

function target(value: string | undefined): string {
  return returnTarget(value, { publicUrl, hosts, serviceMatches: (path) => path === '/' })
}

describe('return_to', () => {
  for (const [value, expected] of [
    ['/', '/'],
    ['/flexnet/', '/flexnet/'],
    ['/flexnet/a?next=https://evil.test/&q=%0A//#part', '/flexnet/a?next=https://evil.test/&q=%0A//#part'],
    ['/app/%2e%2ehidden', '/app/%2e%2ehidden'],
    ['/app/ü', '/app/%C3%BC'],
    ['/app/a%2Fb%20c', '/app/a%2Fb%20c'],
    ['/app/100%25', '/app/100%25'],
    ['/app/a@b:c', '/app/a@b:c'],
    ['/.gatehouse/session', '/.gatehouse/session'],
    ['/.gatehouse/session?attributes=1', '/.gatehouse/session?attributes=1'],
    ['/.gatehouse/console/', '/.gatehouse/console/'],
    ['/.gatehouse/console/roles#x', '/.gatehouse/console/roles#x'],
    ['/.gatehouseful', '/.gatehouseful'],
    ['https://gate.example.com/app?a=1', '/app?a=1'],
    ['HTTPS://GATE.example.com:443/app', '/app'],
    ['https://gate.example.com', '/'],
    ['https://lic.example.com/x?y', 'https://lic.example.com/x?y'],
    ['https://lic.example.com', 'https://lic.example.com/'],
    ['https://app.example.com:8443/x', 'https://app.example.com:8443/x'],
    ['https://lic.example.com/.gatehouse/session', 'https://lic.example.com/.gatehouse/session'],
  ] as const) {
    it(`follows ${value}`, () => {
      const withoutRoot = returnTarget(value, { publicUrl, hosts, serviceMatches: () => false })
      assert.equal(withoutRoot, expected)
    })
  }

  for (const value of [
    '',
    ' ',
    'app',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\/evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '/a\rb',
    '/x\u2028',
    '/\u00a0x',
    '/x\u0000',
    '/x\u200b',
    ' /app',
    '/app ',
    '/a b',
    'https://evil.test',
    'HTTPS://evil.test',
    'https:evil.test',
    'https:/evil.test',
    'https:///evil.test',
    'https:\\\\evil.test',
    'https:/gate.example.com',
    'https:gate.example.com',
    'http://evil.test',
    'http://gate.example.com/',
    'http://lic.example.com/',
    'https://gate.example.com@evil.test/',
    'https://gate.example.com:x@evil.test/',
    'https://@gate.example.com/',
    'https://u@lic.example.com/',
    'https://gate.example.com.evil.test/',
    'https://evil.test/gate.example.com',
    'https://evil.test?gate.example.com',
    'https://evil.test#@gate.example.com',
    'https://lic.example.com:444/',
    'https://app.example.com/',
    'https://gate.example.com:8443/',
    'https://[::1]/',
    'https://evil\u3002test',
    'https://',
    'javascript:alert(1)',
    'JaVaScRiPt://gate.example.com/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://gate.example.com/',
    '.evil.test',
    '@evil.test',
    '?//evil.test',
    '#x',
    '%2f%2fevil.test',
    '/%2f/evil.test',
    '/%2Fevil.test',
    '/%252fevil.test',
    '/%5cevil.test',
    '/a/%5c',
    '/a/%00',
    '/a/%0d%0aSet-Cookie:x',
    '/a/%zz',
    '/..//evil.test',
    '/app/..//..//evil.test',
    '/.//evil.test',
    '/%2e%2e//evil.test',
    '/app//x',
    '/.gatehouse',
    '/.gatehouse/',
    '/.gatehouse/logout',
    '/.gatehouse/login?return_to=/',
    '/.gatehouse/session/',
    '/.gatehouse/sessions',
    '/.gatehouse/console',
    '/.gatehouse/handoff?code=x',
    '/.gatehouse/session/../logout',
    '/.gatehouse/console/../logout',
    '/.gatehouse/console/%2e%2e/logout',
    '/.gatehouse/console/..%2flogout',
    '/.gatehouse/console/%252e%252e%252flogout',
    '/.gatehouse/console/..;/logout',
    '/app/../.gatehouse/logout',
    '/app/%2e%2e/.gatehouse/logout',
    '/app/..%2f.gatehouse/logout',
    '/app/.%252e/.gatehouse/logout',
    '/./.gatehouse/logout',
    '/%2egatehouse/logout',
    '/.%67atehouse/logout',
    '/.gatehouse%2flogout',
    '/.%2567atehouse/logout',
    '/.GateHouse/logout',
    '/.gatehouse;x/logout',
    'https://gate.example.com/.gatehouse/logout',
    'https://lic.example.com/.gatehouse/logout',
    'https://lic.example.com//evil.test',
    `/${'x'.repeat(2048)}`,
    `/${'ü'.repeat(1000)}`,
    'null',
    '{{7*7}}',
    '[object Object]',
  ]) {
    it(`does not follow ${JSON.stringify(value).slice(0, 80)}`, () => {
      assert.equal(returnTarget(value, { publicUrl, hosts, serviceMatches: () => false }), '/.gatehouse/session')
    })
  }

  it('without a usable target leads to / where a service answers there, else to the session page', () => {
    assert.equal(target(undefined), '/')
    assert.equal(target('//evil.test'), '/')
    assert.equal(returnTarget(undefined, { publicUrl, hosts, serviceMatches: () => false }), '/.gatehouse/session')
  })

  it('on http://localhost takes its own origin and those of services, and no other', () => {
    const local = { origin: 'http://localhost:8080', host: 'localhost:8080', secure: false }
    const at = (value: string): string =>
      returnTarget(value, { publicUrl: local, hosts: ['lic.localhost:8080'], serviceMatches: () => true })
    assert.equal(at('http://localhost:8080/a?b'), '/a?b')
    assert.equal(at('http://lic.localhost:8080/a?b'), 'http://lic.localhost:8080/a?b')
    assert.equal(at('http://lic.localhost/a'), '/')
    assert.equal(at('http://evil.localhost:8080/a'), '/')
    assert.equal(at('http://localhost:9090/a'), '/')
    assert.equal(at('http://127.0.0.1:8080/a'), '/')
  })

  it('whatever is asked for, the browser stays on a host of ours and out of /.gatehouse/ but for two places', () => {
    const piece = fc.constantFrom(
      '/',
      '//',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '%25',
      '%00',
      '\t',
      '\n',
      ';',
      '@',
      ':',
      '?',
      '#',
      'x',
      ' ',
      '.gatehouse',
      '%2egatehouse',
      'logout',
      'session',
      'console',
      'https:',
      'http:',
      'javascript:',
      'gate.example.com',
      'lic.example.com',
      'evil.test',
      ':443',
      ':8443',
      '\u3002',
      'ü',
    )
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    )
    const origins = [publicUrl.origin, ...hosts.map((host) => `https://${host}`)]
    fc.assert(
      fc.property(text, (value) => {
        const result = target(value)
        assert.match(result, /^[\x21-\x7e]+$/)
        const url = new URL(result, publicUrl.origin)
        assert.ok(origins.includes(url.origin), result)
        assert.equal(url.username + url.password, '')
        // As a lax reader would take it: decoded twice, \ for /, dot segments resolved by the URL parser.
        const lax = new URL(decode(decode(url.pathname)).replaceAll('\\', '/').replace(/^\/+/, '/'), 'http://x')
          .pathname
        if (!/^\/\.gatehouse(?:[/;]|$)/i.test(lax)) return
        for (const path of [url.pathname, lax]) assert.match(path, /^\/\.gatehouse\/(?:session$|console\/)/)
      }),
      { numRuns: 10_000 },
    )
  })
})

function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
