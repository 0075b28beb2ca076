import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { parseSetCookie } from 'cookie'

import { systemRandom } from '../../../src/core/random.ts'
import { minutes } from '../../../src/core/time.ts'
import { sealer } from '../../../src/session/jose.ts'
import { requestCookies } from '../../../src/signin/saml/request-cookie.ts'
import { settableClock } from './idp-metadata.ts'

const START = '2026-11-22T00:00:00Z'

function house({ secure = true, key = 1, lifetime = 30 } = {}) {
  const clock = settableClock(START)
  const publicUrl = secure
    ? { origin: 'https://gate.example.com', host: 'gate.example.com', secure }
    : { origin: 'http://localhost:8080', host: 'localhost:8080', secure }
  const settings = { lifetime }
  const cookies = requestCookies({
    publicUrl,
    sealer: sealer(Buffer.alloc(32, key)),
    lifetime: () => minutes(settings.lifetime),
    clock,
    random: systemRandom,
  })
  const request = (over: { id?: string; returnTo?: string } = {}) => ({
    id: '_1',
    provider: 'okta',
    returnTo: '/app/',
    issuedAt: clock.now(),
    fromTile: false,
    ...over,
  })
  return { clock, cookies, request, settings }
}

/** What a browser would send after these Set-Cookie headers came on top of what it had. */
function browser() {
  const jar = new Map<string, string>()
  return {
    store(setCookies: readonly string[]): void {
      for (const text of setCookies) {
        const { name, value, maxAge } = parseSetCookie(text)
        if (maxAge === 0) jar.delete(name)
        else jar.set(name, value ?? '')
      }
    },
    header: (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
    names: (): string[] => [...jar.keys()],
  }
}

const nameOf = (setCookie: string | undefined): string => parseSetCookie(setCookie ?? '').name

describe('request cookies', () => {
  it('S-2: give back the request that was issued, under a RelayState of 8 hex digits', async () => {
    const { cookies, request } = house()
    const { relayState, setCookies } = await cookies.issue(request(), 'other=1')
    assert.match(relayState, /^[0-9a-f]{8}$/)
    assert.equal(setCookies.length, 1)
    const { value, ...rest } = parseSetCookie(setCookies[0] ?? '')
    assert.deepEqual(rest, {
      name: `__Host-gatehouse_req_${relayState}`,
      path: '/',
      maxAge: 1800,
      httpOnly: true,
      secure: true,
      sameSite: 'none',
    })
    assert.doesNotMatch(value ?? '', /okta|app/)
    const header = `a=b; __Host-gatehouse_req_${relayState}=${value}; gatehouse=1`
    assert.deepEqual(await cookies.read(header, relayState), request())
    assert.deepEqual(await cookies.readAll(header), [request()])
  })

  it('on http://localhost have no prefix, are Lax and not Secure; the other name is not read', async () => {
    const { cookies, request } = house({ secure: false })
    const { relayState, setCookies } = await cookies.issue(request(), undefined)
    const { value, ...rest } = parseSetCookie(setCookies[0] ?? '')
    const name = `gatehouse_req_${relayState}`
    assert.deepEqual(rest, { name, path: '/', maxAge: 1800, httpOnly: true, sameSite: 'lax' })
    assert.notEqual(await cookies.read(`${name}=${value}`, relayState), undefined)
    assert.equal(await cookies.read(`__Host-${name}=${value}`, relayState), undefined)
    assert.equal(await house().cookies.read(`${name}=${value}`, relayState), undefined)
  })

  it('S-14: are not read when absent, forged, of another key, moved to another name, or under a RelayState of another form', async () => {
    const { cookies, request } = house()
    const { relayState, setCookies } = await cookies.issue(request(), undefined)
    const name = `__Host-gatehouse_req_${relayState}`
    const value = parseSetCookie(setCookies[0] ?? '').value ?? ''
    const read = (header: string | undefined, state = relayState) => cookies.read(header, state)
    assert.notEqual(await read(`${name}=${value}`), undefined)
    assert.equal(await read(undefined), undefined)
    assert.equal(await read(''), undefined)
    assert.equal(await read(name), undefined)
    assert.equal(await read(`${name}=`), undefined)
    assert.equal(await read(`${name}=rubbish`), undefined)
    assert.equal(await read(`${name}=${value.slice(0, -4)}AAAA`), undefined)
    assert.equal(await read(`__Host-gatehouse_req_00000000=${value}`, '00000000'), undefined)
    assert.equal(await read(`${name}=${value}`, relayState.slice(1)), undefined)
    assert.equal(await read(`${name}=${value}`, ''), undefined)
    assert.equal(await house({ key: 2 }).cookies.read(`${name}=${value}`, relayState), undefined)
  })

  it('two cookies of one name count as none, whatever their values', async () => {
    const { cookies, request } = house()
    const { relayState, setCookies } = await cookies.issue(request(), undefined)
    const pair = `__Host-gatehouse_req_${relayState}=${parseSetCookie(setCookies[0] ?? '').value}`
    assert.equal(await cookies.read(`${pair}; ${pair}`, relayState), undefined)
    assert.equal(await cookies.read(`${pair}; __Host-gatehouse_req_${relayState}=x`, relayState), undefined)
    assert.equal(await cookies.read(`${pair}; __Host-gatehouse_req_${relayState}`, relayState), undefined)
    assert.deepEqual(await cookies.readAll(`${pair};${pair}`), [])
  })

  it('end with the lifetime in force when they come back, by their own issue time', async () => {
    const { cookies, request, clock, settings } = house()
    const jar = browser()
    const { relayState, setCookies } = await cookies.issue(request(), undefined)
    jar.store(setCookies)
    clock.set('2026-11-22T00:29:59.999Z')
    assert.notEqual(await cookies.read(jar.header(), relayState), undefined)
    clock.set('2026-11-22T00:30:00Z')
    assert.equal(await cookies.read(jar.header(), relayState), undefined)
    settings.lifetime = 60
    assert.notEqual(await cookies.read(jar.header(), relayState), undefined)
  })

  it('a browser holds at most five; the oldest go, in whatever order they are sent', async () => {
    const { cookies, request, clock } = house()
    const jar = browser()
    const states: string[] = []
    for (let second = 0; second < 7; second += 1) {
      clock.set(`2026-11-22T00:00:0${second}Z`)
      const reversed = jar.header().split('; ').reverse().join('; ')
      const { relayState, setCookies } = await cookies.issue(request({ id: `_${second}` }), reversed)
      states.push(`__Host-gatehouse_req_${relayState}`)
      jar.store(setCookies)
    }
    assert.deepEqual(jar.names().sort(), states.slice(2).sort())
  })

  it('hold at most 8 KiB together, so that no page can fill a browser’s headers', async () => {
    const { cookies, request, clock } = house()
    const jar = browser()
    for (let second = 0; second < 5; second += 1) {
      clock.set(`2026-11-22T00:00:0${second}Z`)
      jar.store((await cookies.issue(request({ returnTo: `/${'x'.repeat(2047)}` }), jar.header())).setCookies)
    }
    assert.ok(jar.header().length <= 8192 + 10)
    assert.equal((await cookies.readAll(jar.header())).length, 2)
  })

  it('those that no longer count are taken away with the next one', async () => {
    const { cookies, request, clock } = house()
    const jar = browser()
    const old = await cookies.issue(request(), undefined)
    jar.store(old.setCookies)
    clock.set('2026-11-22T00:31:00Z')
    const header = `${jar.header()}; __Host-gatehouse_req_ffffffff=forged; __Host-gatehouse_req_nothex00=x`
    const { setCookies } = await cookies.issue(request(), header)
    assert.deepEqual(
      setCookies.slice(1).map(nameOf).sort(),
      [`__Host-gatehouse_req_${old.relayState}`, '__Host-gatehouse_req_ffffffff'].sort(),
    )
  })

  it('the longest return path still fits a cookie of 4096 bytes', async () => {
    const { cookies, request } = house()
    const { setCookies } = await cookies.issue(request({ returnTo: `/${'x'.repeat(2047)}` }), undefined)
    assert.ok((setCookies[0] ?? '').length < 4096)
  })

  it('are cleared with the attributes they were set with', () => {
    assert.deepEqual(parseSetCookie(house().cookies.clear('0a1b2c3d')), {
      name: '__Host-gatehouse_req_0a1b2c3d',
      value: '',
      path: '/',
      maxAge: 0,
      httpOnly: true,
      secure: true,
      sameSite: 'none',
    })
  })
})
