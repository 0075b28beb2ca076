import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addSeconds, instant, seconds } from '../../../src/core/time.ts'
import { type CookieContext, cookieJar } from '../../support/browser/cookie-jar.ts'

const typed = (url: string, method = 'GET'): CookieContext => ({
  url: new URL(url),
  method,
  initiator: null,
  topLevel: true,
})

describe('cookie jar of the test browser', () => {
  let now = instant(1_800_000_000_000)
  const clock = { now: () => now }

  /** Names that are kept after `line` came from `url`. */
  function kept(url: string, line: string, context: Partial<CookieContext> = {}): string[] {
    const jar = cookieJar({ clock })
    jar.store([line], { ...typed(url), ...context })
    return jar.list().map(({ name }) => name)
  }

  it('takes Secure cookies from https and from localhost, not from plain http elsewhere', () => {
    assert.deepEqual(kept('https://a.example/', 'x=1; Secure'), ['x'])
    assert.deepEqual(kept('http://localhost:8080/', 'x=1; Secure'), ['x'])
    assert.deepEqual(kept('http://a.example/', 'x=1; Secure'), [])
  })

  it('wants Secure with SameSite=None', () => {
    assert.deepEqual(kept('https://a.example/', 'x=1; SameSite=None'), [])
    assert.deepEqual(kept('https://a.example/', 'x=1; SameSite=None; Secure'), ['x'])
  })

  it('holds __Host- to https, Secure, Path=/ and no Domain', () => {
    const host = '__Host-x=1; Secure; Path=/'
    assert.deepEqual(kept('https://a.example/', host), ['__Host-x'])
    assert.deepEqual(kept('https://a.example/', '__Host-x=1; Path=/'), [])
    assert.deepEqual(kept('https://a.example/b/', '__Host-x=1; Secure'), [])
    assert.deepEqual(kept('https://a.example/', `${host}; Domain=a.example`), [])
    assert.deepEqual(kept('http://localhost/', host), [])
    assert.deepEqual(kept('https://a.example/', '__HOST-x=1; Secure; Path=/b'), [])
  })

  it('sends host-only cookies to their host alone, Domain cookies to hosts below, and refuses foreign or bare domains', () => {
    const jar = cookieJar({ clock })
    jar.store(['own=1', 'wide=1; Domain=example.test'], typed('http://app.example.test/'))
    assert.equal(jar.header(typed('http://app.example.test/')), 'own=1; wide=1')
    assert.equal(jar.header(typed('http://other.example.test/')), 'wide=1')
    assert.deepEqual(kept('http://app.example.test/', 'x=1; Domain=other.test'), [])
    assert.deepEqual(kept('http://app.example.test/', 'x=1; Domain=test'), [])
  })

  it('matches whole path segments, the longest path first', () => {
    const jar = cookieJar({ clock })
    jar.store(['root=1; Path=/', 'deep=1; Path=/a/b', 'own=1'], typed('http://a.example/a/page'))
    assert.equal(jar.header(typed('http://a.example/a/b')), 'deep=1; own=1; root=1')
    assert.equal(jar.header(typed('http://a.example/a/bc')), 'own=1; root=1')
    assert.equal(jar.header(typed('http://a.example/ab')), 'root=1')
  })

  it('shares cookies among the ports of a host', () => {
    const jar = cookieJar({ clock })
    jar.store(['x=1'], typed('http://localhost:8080/'))
    assert.equal(jar.header(typed('http://localhost:8081/')), 'x=1')
  })

  it('forgets at Max-Age, which beats Expires, and at once with Max-Age=0', () => {
    const jar = cookieJar({ clock })
    const here = typed('http://a.example/')
    jar.store(['x=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'y=1'], here)
    now = addSeconds(now, seconds(59))
    assert.equal(jar.header(here), 'x=1; y=1')
    now = addSeconds(now, seconds(1))
    assert.equal(jar.header(here), 'y=1')
    jar.store(['y=; Max-Age=0'], here)
    assert.equal(jar.header(here), undefined)
  })

  it('sends Strict and Lax cookies to a same-site script only, None also across sites', () => {
    const jar = cookieJar({ clock })
    const lines = ['s=1; SameSite=Strict; Secure', 'l=1; SameSite=Lax; Secure', 'n=1; SameSite=None; Secure']
    jar.store(lines, typed('https://app.example.test/'))
    const script = (initiator: string): CookieContext => ({
      ...typed('https://app.example.test/'),
      initiator: new URL(initiator),
      topLevel: false,
    })
    assert.equal(jar.header(script('https://www.example.test/')), 's=1; l=1; n=1')
    assert.equal(jar.header(script('https://other.test/')), 'n=1')
    assert.equal(jar.header(script('http://app.example.test/')), 'n=1')
  })

  it('takes Lax cookies from a page another site led to, not from a script of another site', () => {
    const initiator = new URL('https://idp.other.test/')
    assert.deepEqual(kept('https://a.example/', 'x=1; SameSite=Lax', { initiator }), ['x'])
    assert.deepEqual(kept('https://a.example/', 'x=1; SameSite=Lax', { initiator, topLevel: false }), [])
  })

  it('lets plain http not cover a Secure cookie, scripts not read HttpOnly, and drops what is too long', () => {
    const jar = cookieJar({ clock })
    jar.store(['x=1; Secure', 'h=1; HttpOnly'], typed('https://a.example/'))
    jar.store(['x=2'], typed('http://a.example/'))
    assert.equal(jar.header(typed('https://a.example/')), 'x=1; h=1')
    assert.equal(jar.readable(new URL('https://a.example/')), 'x=1')
    assert.deepEqual(kept('https://a.example/', `x=${'y'.repeat(4096)}`), [])
  })
})
