import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import { deriveKey, onlyCookie, sessionCookies, withoutOwnCookies } from '../../../src/session/cookies.ts'
import { fc } from '../../support/properties.ts'

const KEY = Buffer.alloc(32, 7)
const SECURE = { origin: 'https://licences.example.com', host: 'licences.example.com', secure: true }
const LOCAL = { origin: 'http://localhost:8080', host: 'localhost:8080', secure: false }
const secure = sessionCookies({ publicUrl: SECURE, key: KEY })
const local = sessionCookies({ publicUrl: LOCAL, key: KEY })
const { value, secretHash } = secure.newSecret(systemRandom)

describe('session cookie', () => {
  test('carries 256 bits of id and 64 bits of HMAC, and is read back as a hash that is not its value', () => {
    assert.equal(Buffer.from(value, 'base64url').length, 40)
    assert.equal(secure.read(`__Host-gatehouse=${value}`), secretHash)
    assert.ok(!value.includes(secretHash) && !secretHash.includes(value))
    assert.notEqual(secure.newSecret(systemRandom).value, value)
  })

  test('is found between other cookies, with or without spaces', () => {
    for (const header of [
      `a=1; __Host-gatehouse=${value}; b=2`,
      `a=1;__Host-gatehouse=${value}`,
      `x;  __Host-gatehouse = ${value} `,
    ]) {
      assert.equal(secure.read(header), secretHash, header)
    }
  })

  test('is judged anew on a connection whenever the header, the host or the keys differ from the last time', () => {
    const cookies = sessionCookies({ publicUrl: SECURE, key: KEY })
    const other = cookies.newSecret(systemRandom)
    const connection = {}
    const read = (sent: string, host: string | null = null) =>
      cookies.read(`__Host-gatehouse=${sent}`, host, connection)
    for (let turn = 0; turn < 3; turn += 1) {
      assert.deepEqual([read(value), read(value)], [secretHash, secretHash])
      assert.deepEqual([read(other.value), read('forged'), read('forged')], [other.secretHash, undefined, undefined])
      assert.deepEqual([read(value), read(value, 'other.example.com')], [secretHash, undefined])
    }
    assert.equal(cookies.read(undefined, null, connection), undefined)
    assert.equal(read(value), secretHash)
    cookies.useKeys([Buffer.alloc(32, 9)])
    assert.equal(read(value), undefined)
  })

  test('counts only under the one name that fits the scheme of publicUrl', () => {
    assert.equal(local.read(`gatehouse=${value}`), secretHash)
    assert.equal(secure.read(`gatehouse=${value}`), undefined)
    assert.equal(local.read(`__Host-gatehouse=${value}`), undefined)
    for (const name of [
      '__host-gatehouse',
      '__Host-Gatehouse',
      '__Host-gatehouse2',
      'x__Host-gatehouse',
      '__Secure-gatehouse',
    ]) {
      assert.equal(secure.read(`${name}=${value}`), undefined, name)
    }
  })

  test('counts as none when two cookies have its name, whatever their values', () => {
    for (const second of [`=${value}`, '=', '=x', '']) {
      assert.equal(secure.read(`__Host-gatehouse=${value}; a=1; __Host-gatehouse${second}`), undefined)
      assert.equal(secure.read(`__Host-gatehouse${second}; __Host-gatehouse=${value}`), undefined)
    }
    assert.equal(secure.read(`gatehouse=${value}; __Host-gatehouse=${value}`), secretHash)
  })

  test('is nothing when absent, malformed, forged or of another key', () => {
    const bytes = Buffer.from(value, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes)
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.equal(secure.read(`__Host-gatehouse=${forged.toString('base64url')}`), undefined, `bit ${bit}`)
    }
    for (const header of [
      undefined,
      '',
      'a=b',
      '__Host-gatehouse',
      '__Host-gatehouse=',
      `__Host-gatehouse="${value}"`,
    ]) {
      assert.equal(secure.read(header), undefined, String(header))
    }
    const foreign = sessionCookies({ publicUrl: SECURE, key: Buffer.alloc(32, 8) })
    assert.equal(foreign.read(`__Host-gatehouse=${value}`), undefined)
  })

  test('has one spelling: padding, the other alphabet, spare bits and junk are refused', () => {
    const withSpecial = Array.from({ length: 200 }, () => secure.newSecret(systemRandom).value).find((text) =>
      /[-_]/.test(text),
    )
    assert.ok(withSpecial)
    const spare = `${value.slice(0, -1)}${String.fromCharCode(value.charCodeAt(53) + 1)}`
    assert.deepEqual(Buffer.from(spare, 'base64url'), Buffer.from(value, 'base64url'))
    const spellings = [
      spare,
      `${value}==`,
      `${value}A`,
      value.slice(0, -1),
      withSpecial.replaceAll('-', '+').replaceAll('_', '/'),
      `${value.slice(0, 10)}.${value.slice(10)}`,
    ]
    for (const text of spellings) assert.equal(secure.read(`__Host-gatehouse=${text}`), undefined, text)
  })

  test('is set HttpOnly, SameSite=Lax, for the whole host, without expiry; Secure on https', () => {
    assert.equal(secure.issue(value), `__Host-gatehouse=${value}; Path=/; SameSite=Lax; Secure; HttpOnly`)
    assert.equal(local.issue(value), `gatehouse=${value}; Path=/; SameSite=Lax; HttpOnly`)
  })

  test('is cleared together with its companion, with the attributes it was set with', () => {
    assert.deepEqual(secure.clear(), [
      '__Host-gatehouse=; Path=/; SameSite=Lax; Secure; HttpOnly; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'gatehouse_expires=; Path=/; SameSite=Lax; Secure; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ])
    assert.ok(local.clear().every((cookie) => !cookie.includes('Secure')))
  })
})

describe('companion cookie', () => {
  const end = instant(1_772_440_000_900)

  test('is readable by scripts and holds the end in epoch seconds', () => {
    const expected = 'gatehouse_expires=1772440000; Path=/; SameSite=Lax; Secure'
    assert.equal(secure.expiresCookie(end, undefined), expected)
    assert.equal(local.expiresCookie(end, 'a=1'), 'gatehouse_expires=1772440000; Path=/; SameSite=Lax')
  })

  test('is renewed when it moves by 30 s, either way, and not before', () => {
    for (const [sent, renewed] of [
      [0, false],
      [29, false],
      [-29, false],
      [30, true],
      [-30, true],
    ] as const) {
      const header = `a=1; gatehouse_expires=${1_772_440_000 + sent}`
      assert.equal(secure.expiresCookie(end, header) !== undefined, renewed, `${sent} s off`)
    }
  })

  test('is renewed when what came cannot be read', () => {
    for (const text of [
      '',
      'x',
      '1e9',
      '-1',
      '1772440000.5',
      '99999999999999999999',
      '1772440000; gatehouse_expires=1772440000',
    ]) {
      assert.notEqual(secure.expiresCookie(end, `gatehouse_expires=${text}`), undefined, text)
    }
  })
})

describe('keys from the cookie key', () => {
  test('differ by purpose and by cookie key, and stay the same for both alike', () => {
    assert.deepEqual(deriveKey(KEY, 'a'), deriveKey(KEY, 'a'))
    assert.equal(deriveKey(KEY, 'a').length, 32)
    const different = [deriveKey(KEY, 'a'), deriveKey(KEY, 'b'), deriveKey(Buffer.alloc(32, 8), 'a'), KEY]
    assert.equal(new Set(different.map((key) => key.toString('hex'))).size, 4)
  })
})

describe('cookies for the upstream', () => {
  test('leave out the own ones and keep the others byte for byte, in order', () => {
    const cases: readonly (readonly [sent: string, forwarded: string | undefined])[] = [
      ['a=1; b="x y"; a=2', 'a=1; b="x y"; a=2'],
      [`a=1; __Host-gatehouse=${value}; b=2;c=%20=; gatehouse_expires=1`, 'a=1; b=2;c=%20='],
      [`__Host-gatehouse=${value}`, undefined],
      [`__Host-gatehouse=${value}; __Host-gatehouse_req_0a1b2c3d=x;`, undefined],
      [`gatehouse=x; a=1`, 'a=1'],
      ['GateHouse_x=1; __HOST-GATEHOUSE=2; __Secure-gatehouse=3; __secure-GATEHOUSE-x; a=1', 'a=1'],
      ['a=1;\t gatehouse=2;b=3', 'a=1;b=3'],
      ['gatehouse; a', 'a'],
      [`=__Host-gatehouse=${value}; a=1; = gatehouse=2`, 'a=1'],
      ['mygatehouse=1; a=gatehouse; __Host-my-gatehouse=2', 'mygatehouse=1; a=gatehouse; __Host-my-gatehouse=2'],
    ]
    for (const [sent, forwarded] of cases) assert.equal(withoutOwnCookies(sent), forwarded, sent)
  })

  const name = fc.oneof(
    fc.constantFrom(
      'gatehouse',
      '__Host-gatehouse',
      '__Secure-gatehouse',
      'GATEHOUSE_expires',
      '__hOST-gateHouse_req_1',
      'a',
      '__Host-a',
    ),
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/),
  )
  const pair = fc.tuple(name, fc.stringMatching(/^[ -:<-~]{0,12}$/)).map(([key, text]) => `${key}=${text.trim()}`)
  const own = (text: string) => /^(?:__(?:host|secure)-)?gatehouse/i.test(text)

  test('never include an own one and always the others', () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), fc.constantFrom('; ', ';', ' ;\t'), (pairs, separator) => {
        const forwarded = withoutOwnCookies(pairs.join(separator)) ?? ''
        const arrived = forwarded
          .split(';')
          .map((text) => text.trim())
          .filter((text) => text !== '')
        assert.deepEqual(
          arrived,
          pairs.filter((text) => !own(text)),
        )
      }),
    )
  })

  test('never include what would be read as a session', () => {
    const around = fc.array(fc.constantFrom(' ', '\t', '\v', '\f', '\u00a0', '\ufeff', ';', 'a=1;', '=', 'x'), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(around, around, (before, after) => {
        const header = `${before.join('')}__Host-gatehouse${after.join('')}=${value}`
        assert.equal(secure.read(withoutOwnCookies(header)), undefined)
      }),
      {
        examples: [
          [[], []],
          [['a=1;', '\u00a0'], ['\t']],
        ],
      },
    )
    assert.equal(secure.read(`a=1;\u00a0__Host-gatehouse\t=${value}`), secretHash)
  })
})

describe('the one cookie of a name', () => {
  const NAME = 'gatehouse'

  /** As plainly as it can be said. */
  function plainly(header: string): string | undefined {
    const found = header.split(';').filter((pair) => (pair.split('=')[0] ?? '').trim() === NAME)
    if (found.length !== 1) return undefined
    const [, ...value] = (found[0] ?? '').split('=')
    return value.join('=').trim()
  }

  test('is what a plain reading of the header finds, whatever stands around it', () => {
    const part = fc.constantFrom(NAME, '=', ';', ' ', 'a', '_', '__Host-', `${NAME}=1`, '; ')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const header = parts.join('')
        assert.equal(onlyCookie(header, NAME), plainly(header), JSON.stringify(header))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a cookie that was genuine before', () => {
  test('is so again, and neither for another host nor with another MAC', () => {
    const made = secure.newSecret(systemRandom, 'lic.example.com')
    const header = `__Host-gatehouse=${made.value}`
    for (let time = 0; time < 2; time += 1) {
      assert.equal(secure.read(header, 'lic.example.com'), made.secretHash)
      assert.equal(secure.read(header), undefined)
      assert.equal(secure.read(header, 'other.example.com'), undefined)
      const last = made.value.endsWith('A') ? 'Q' : 'A'
      assert.equal(secure.read(header.slice(0, -1) + last, 'lic.example.com'), undefined)
    }
  })
})
