import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { AppError } from '../../../../src/core/errors.ts'
import { filterSeeing, type Rules, refused, shown } from '../../../support/content.ts'

/** Content and what is shown of it, in whatever parts it comes. */
async function shows(rules: Rules, content: unknown, expected: unknown): Promise<void> {
  const json = typeof content === 'string' ? content : JSON.stringify(content)
  for (const partBytes of json.length < 10_000 ? [65_536, 1, 7] : [65_536]) {
    assert.deepEqual(JSON.parse(await shown(json, { rules, partBytes })), expected)
  }
}

const MASK: Rules = { masks: [{ names: ['pakId', 'PAK Number'], keepLast: 4 }] }
const REMOVE: Rules = { removals: [['secret'], ['inner']] }

describe('masks', () => {
  test('show the last characters of a text, at any depth', () =>
    shows(
      MASK,
      { pakId: 'AAAA-1234', list: [{ a: { pakId: 'BBBB-5678' } }] },
      {
        pakId: '*****1234',
        list: [{ a: { pakId: '*****5678' } }],
      },
    ))

  for (const name of [
    'pakId',
    'PAKID',
    'pak_id',
    'Pak-Id',
    'pak id',
    'p\u200bakId',
    'ｐａｋＩｄ',
    'pakıd',
    'pak.id',
    'PAK number',
  ]) {
    test(`the name may be spelt ${JSON.stringify(name)}`, () =>
      shows(MASK, { [name]: 'AAAA-1234' }, { [name]: '*****1234' }))
  }

  test('the name may have escapes', () => shows(MASK, '{"\\u0070ak\\u0049d":"AAAA-1234"}', { pakId: '*****1234' }))

  for (const name of ['pakIds', 'pak', 'myPakId', 'pakId2', '']) {
    test(`the name is not ${JSON.stringify(name)}`, () => shows(MASK, { [name]: 'AAAA-1234' }, { [name]: 'AAAA-1234' }))
  }

  for (const [value, expected] of [
    ['ABCD', '****'],
    ['AB', '**'],
    ['', ''],
    ['ABCDE', '*BCDE'],
    ['😀😀😀😀😀', '*😀😀😀😀'],
    ['x"\\\n\u0000é', '**\\\n\u0000é'],
    [12345678, '****'],
    [true, '****'],
    [['AAAA-1234'], '****'],
    [{ a: { b: 'AAAA-1234' } }, '****'],
    [{}, '****'],
    [null, null],
  ] as const) {
    test(`${JSON.stringify(value)} is shown as ${JSON.stringify(expected)}`, () =>
      shows(MASK, { a: 1, pakId: value, z: [value] }, { a: 1, pakId: expected, z: [value] }))
  }

  test('of two masks on a field the stricter one counts, and a removal more than a mask', async () => {
    await shows(
      { masks: [...(MASK.masks ?? []), { names: ['PAKID'], keepLast: 1 }] },
      { pakId: 'ABCDEFG' },
      { pakId: '******G' },
    )
    await shows({ masks: [{ names: ['pakId'], keepLast: 0 }] }, { pakId: 'ABC' }, { pakId: '***' })
    await shows({ ...MASK, removals: [['pak-id']] }, { pakId: 'ABC' }, {})
  })

  test('what is masked is still read strictly', async () => {
    await refused('{"pakId":{"a":1,"a":2}}', { rules: MASK }, /twice/)
    await refused('{"pakId":[1,]}', { rules: MASK })
  })
})

describe('removals', () => {
  test('take name and value out, wherever they stand, and leave JSON behind', async () => {
    await shows(REMOVE, { secret: 1, a: 2, SECRET: [3], b: { inner: { secret: 1 } }, secret_: {} }, { a: 2, b: {} })
    await shows(
      REMOVE,
      [
        [{ secret: 1 }],
        {
          a: [
            { secret: 'x', b: 1 },
            { b: 2, secret: 'y' },
          ],
        },
      ],
      [[{}], { a: [{ b: 1 }, { b: 2 }] }],
    )
  })

  test('what is removed is still read strictly', async () => {
    await refused('{"secret":{"a":1,"a":2}}', { rules: REMOVE }, /twice/)
    await refused(`{"secret":${'['.repeat(64)}${']'.repeat(64)}}`, { rules: REMOVE }, /deeper/)
  })
})

describe('filters', () => {
  const { filter, asked } = filterSeeing(['1', 'b'])
  const rules: Rules = { filters: [filter] }

  test('leave out items that may not be seen, first, last and in between; each id is asked about once, all together', async () => {
    const devices = [
      { deviceId: 'a' },
      { deviceId: 1, x: [1] },
      { x: 1, deviceId: 'c' },
      { deviceId: 'b' },
      { deviceId: 'a' },
    ]
    await shows(rules, { n: 0, devices, z: 1 }, { n: 0, devices: [{ deviceId: 1, x: [1] }, { deviceId: 'b' }], z: 1 })
    assert.deepEqual(asked.at(-1), ['a', '1', 'c', 'b'])
    await shows(rules, { devices: [{ deviceId: 'a' }] }, { devices: [] })
  })

  test('know the id by its folded name, and also where it is removed or masked', async () => {
    await shows(
      { ...rules, removals: [['deviceId']] },
      {
        devices: [
          { DEVICE_ID: 'a', n: 1 },
          { 'device-id': 'b', n: 2 },
        ],
      },
      { devices: [{ n: 2 }] },
    )
    await shows(
      { ...rules, masks: [{ names: ['deviceId'], keepLast: 0 }] },
      { devices: [{ deviceId: 'a' }, { deviceId: 'b' }] },
      { devices: [{ deviceId: '*' }] },
    )
  })

  for (const [name, content, detail] of [
    ['without an id', '{"devices":[{"x":1}]}', /without an id/],
    ['with an empty object', '{"devices":[{}]}', /without an id/],
    ['with the id null', '{"devices":[{"deviceId":null}]}', /neither/],
    ['with the id deeper', '{"devices":[{"x":{"deviceId":"b"}}]}', /without an id/],
    ['with the id in a list', '{"devices":[{"deviceId":["b"]}]}', /neither/],
    ['with two ids', '{"devices":[{"deviceId":"b","DeviceID":"b"}]}', /two ids/],
    ['with another spelling of a number', '{"devices":[{"deviceId":1.0}]}', /neither/],
    ['with an exponent', '{"devices":[{"deviceId":1e0}]}', /neither/],
    ['with minus zero', '{"devices":[{"deviceId":-0}]}', /neither/],
    ['with a truth value', '{"devices":[{"deviceId":true}]}', /neither/],
    ['that is a text', '{"devices":["b"]}', /without an id/],
    ['that is a list', '{"devices":[[{"deviceId":"b"}]]}', /list/],
    ['that is null', '{"devices":[null]}', /without an id/],
  ] as const) {
    test(`an item ${name} is refused`, () => refused(content, { rules }, detail))
  }

  for (const [name, content] of [
    ['deeper', '{"data":{"devices":[{"deviceId":"a"}]}}'],
    ['higher', '[{"deviceId":"a"}]'],
    ['under another name', '{"SECRET":[{"deviceId":"a"}]}'],
    ['in a text', '{"devices":"a,b"}'],
    ['nowhere', '{"n":1}'],
    ['nowhere: a text', '"a"'],
  ] as const) {
    test(`a list that stands ${name} is refused`, () => refused(content, { rules }))
  }

  test('a list that is empty, null or absent from an empty answer holds nothing', async () => {
    await shows(rules, { devices: [] }, { devices: [] })
    await shows(rules, { devices: null }, { devices: null })
    await shows(rules, {}, {})
  })

  test('items may be the values of an object', () =>
    shows(
      rules,
      { devices: { x: { deviceId: 'a' }, y: { deviceId: 'b' }, z: { deviceId: 'a' } } },
      { devices: { y: { deviceId: 'b' } } },
    ))

  test('places lead through lists and names, and names are folded', async () => {
    const { filter: deep } = filterSeeing(['b'], { places: ['/groups/*/devices/*', '/top', '/a~1b/*'] })
    const content = {
      GROUPS: [{ id: 1, devices: [{ deviceId: 'a' }, { deviceId: 'b' }] }, { id: 2 }, { devices: [{ deviceId: 'a' }] }],
      top: { deviceId: 'a' },
      'a/b': [{ deviceId: 'b' }, { deviceId: 'a' }],
    }
    await shows({ filters: [deep] }, content, {
      GROUPS: [{ id: 1, devices: [{ deviceId: 'b' }] }, { id: 2 }, { devices: [] }],
      'a/b': [{ deviceId: 'b' }],
    })
    await shows({ filters: [deep] }, { groups: [] }, { groups: [] })
    await refused('{"groups":[{"items":[{"deviceId":"a"}]}]}', { rules: { filters: [deep] } }, /nothing where items/)
  })

  test('items inside items are both judged', async () => {
    const { filter: groups } = filterSeeing(['g'], { places: ['/*'], id: ['id'] })
    const { filter: devices } = filterSeeing(['b'], { places: ['/*/devices/*'] })
    const of = (id: string) => ({ id, devices: [{ deviceId: 'a' }, { deviceId: 'b' }] })
    await shows({ filters: [groups, devices] }, [of('g'), of('h')], [{ id: 'g', devices: [{ deviceId: 'b' }] }])
  })

  test('an item must be visible to each filter that knows it', async () => {
    const { filter: servers } = filterSeeing(['s'], { id: ['server'] })
    const item = (deviceId: string, server: string) => ({ deviceId, server })
    const devices = [item('b', 't'), item('a', 's'), item('b', 's')]
    await shows({ filters: [filter, servers] }, { devices }, { devices: [item('b', 's')] })
  })

  test('items may be ids themselves', async () => {
    const { filter: names } = filterSeeing(['b', '7'], { id: [] })
    await shows({ filters: [names] }, { devices: ['a', 'b', 7, 8] }, { devices: ['b', 7] })
    await shows({ filters: [names] }, { devices: { x: 'a', y: 'b' } }, { devices: { y: 'b' } })
    await refused('{"devices":[{"deviceId":"b"}]}', { rules: { filters: [names] } }, /without an id/)
  })

  test('an answer that is a hidden object as a whole is NOT_FOUND', async () => {
    const { filter: whole } = filterSeeing(['b'], { places: [''] })
    await shows({ filters: [whole] }, { deviceId: 'b' }, { deviceId: 'b' })
    await assert.rejects(shown('{"deviceId":"a"}', { rules: { filters: [whole] } }), hasCode('NOT_FOUND'))
  })

  test('in NDJSON each line is an item', async () => {
    const content = '{"deviceId":"a"}\n{"deviceId":"b"}\n{"deviceId":"a"}\n{"deviceId":1}'
    assert.equal(await shown(content, { rules, format: 'ndjson', partBytes: 3 }), '{"deviceId":"b"}\n{"deviceId":1}\n')
    assert.equal(await shown('{"deviceId":"a"}\n', { rules, format: 'ndjson' }), '')
    await refused('{"deviceId":"b"}\n{"x":1}\n', { rules, format: 'ndjson' }, /without an id/)
    await refused('"b"\n', { rules, format: 'ndjson' }, /without an id/)
  })

  test('an item of more than 4 MiB is refused, a list of many is not', async () => {
    const long = { deviceId: 'b', x: Array.from({ length: 60 }, () => 'x'.repeat(100_000)) }
    await refused(JSON.stringify({ devices: [long] }), { rules }, /too long/)
    const short = { deviceId: 'b', x: 'x'.repeat(100_000) }
    await shows(rules, { devices: Array(60).fill(short) }, { devices: Array(60).fill(short) })
  })
})

describe('filters everywhere', () => {
  const { filter } = filterSeeing(['b'], { everywhere: true })
  const rules: Rules = { filters: [filter] }
  const [a, b] = [{ deviceId: 'a', name: 'SECRET' }, { deviceId: 'b' }]

  test('leave out objects that stand where nobody expected them', async () => {
    await shows(
      rules,
      { devices: [{ ...b, near: [a, b, { x: a }] }], first: a, last1: b, log: [{ at: 1, device: a }, [a, [b]]] },
      { devices: [{ ...b, near: [b, {}] }], last1: b, log: [{ at: 1 }, [[b]]] },
    )
  })

  test('with no place given, leave them out of any shape', async () => {
    const { filter: anywhere } = filterSeeing(['b'], { everywhere: true, places: [] })
    await shows({ filters: [anywhere] }, { x: { y: [a, b] } }, { x: { y: [b] } })
    await shows({ filters: [anywhere] }, [a, 1, b], [1, b])
    await shows({ filters: [anywhere] }, { n: 1 }, { n: 1 })
  })

  test('an answer around which a hidden object stands is NOT_FOUND', async () => {
    await shows(rules, { deviceId: 'b', devices: [] }, { deviceId: 'b', devices: [] })
    await assert.rejects(shown('{"devices":[],"deviceId":"a"}', { rules }), hasCode('NOT_FOUND'))
  })

  test('an object with an id that cannot be read is refused, one whose id is null is none', async () => {
    await refused('{"devices":[],"x":{"deviceId":{"v":"a"}}}', { rules }, /neither/)
    await shows(rules, { devices: [], x: { deviceId: null } }, { devices: [], x: { deviceId: null } })
  })
})

describe('totals and links to the last page', () => {
  const { filter } = filterSeeing(['b', 'c'])
  const rules: Rules = { filters: [filter], totals: ['all'], lastLinks: ['end'] }
  const devices = [{ deviceId: 'a', count: 3, total: 4 }, { deviceId: 'b', count: 5 }, { deviceId: 'c' }]
  const seen = [{ deviceId: 'b', count: 5 }, { deviceId: 'c' }]

  test('a total that counts just the items at hand becomes the number of those that are shown', async () => {
    await shows(rules, { total: 3, devices }, { total: 2, devices: seen })
    await shows(rules, { devices, all: 3 }, { all: 2, devices: seen })
    await shows(rules, { total: 0, devices: [] }, { total: 0, devices: [] })
  })

  for (const [name, content] of [
    ['more than the page has', { total: 30, devices }],
    ['fewer', { devices, all: 2 }],
    ['the number of those shown', { total: 2, devices }],
    ['a text', { total: '3', devices }],
    ['an object', { total: { value: 3 }, devices }],
    ['a list', { 'total-count': [3], devices }],
    ['a number of another spelling', { all: '3.0', devices }],
    ['null', { '@odata.count': null, devices }],
  ] as const) {
    test(`a total that is ${name} is taken out`, () => shows(rules, content, { devices: seen }))
  }

  test('a total in an object that ends before or begins behind the list proves nothing', async () => {
    await shows(rules, { page: { totalElements: 3, number: 0 }, devices }, { page: { number: 0 }, devices: seen })
    await shows(rules, { page: { totalElements: 0 }, devices: [] }, { page: {}, devices: [] })
    await shows(rules, { devices, meta: { total: 3, x: 1 } }, { devices: seen, meta: { x: 1 } })
  })

  test('each object counts its own lists, and an item’s numbers are its own business', async () => {
    const { filter: deep } = filterSeeing(['b'], { places: ['/groups/*/devices/*'] })
    const groups = [
      { total: 2, devices: devices.slice(0, 2) },
      { total: 1, devices: [{ deviceId: 'a' }] },
    ]
    await shows(
      { filters: [deep] },
      { groups, total: 3 },
      {
        groups: [
          { total: 1, devices: seen.slice(0, 1) },
          { total: 0, devices: [] },
        ],
        total: 1,
      },
    )
  })

  test('links to the last page are taken out, others stay', async () => {
    const links = { first: 'f', next: 'n', last: 'l' }
    await shows(
      rules,
      { devices: [], ...links, end: 'e', _links: { ...links, last: { href: 'l' } } },
      {
        devices: [],
        first: 'f',
        next: 'n',
        _links: { first: 'f', next: 'n' },
      },
    )
    const list = [
      { rel: 'next', href: 'n' },
      { rel: 'last', href: 'l' },
      { href: 'l', rel: 'LAST x' },
    ]
    await shows(rules, { devices: [], links: list }, { devices: [], links: [list[0]] })
    await shows(
      rules,
      { devices: [{ deviceId: 'b', rel: 'last', last: 'x' }] },
      { devices: [{ deviceId: 'b', rel: 'last', last: 'x' }] },
    )
  })

  test('stay where nothing is left out', () => shows(MASK, { total: 30, last: 'x' }, { total: 30, last: 'x' }))
})

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code
}
