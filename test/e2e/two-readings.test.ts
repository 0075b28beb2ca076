/** Requests that one reader takes for one thing and another reader for another: nothing is judged that is not what is forwarded. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type LicenceGateway, licenceGateway } from '../support/licence-gateway.ts'
import { testProfile } from '../support/profiles.ts'

const DEPOT = testProfile({
  id: 'depot',
  administratorRole: 'chief',
  resources: { change: 'Change.', expert: 'Be an expert.', all: 'Pass every list.' },
  roles: {
    worker: { description: 'Works.', allow: ['change'] },
    chief: { description: 'Does all.', allow: ['change', 'expert', 'all'] },
  },
  objectTypes: { tool: { description: 'A tool.', rule: 'open-unless-listed', passResource: 'all' } },
  operations: {
    use: {
      description: 'Use tools.',
      resources: ['change'],
      routes: ['POST /use'],
      objects: [{ type: 'tool', from: [{ query: 'tool' }, { body: '/tool' }, { body: '/tools/*/id' }] }],
      bulk: 'perItem',
    },
    note: {
      description: 'Note something, about a tool or not.',
      resources: ['change'],
      routes: ['POST /note'],
      objects: [{ type: 'tool', from: [{ body: '/about/tool' }], required: false }],
    },
    mode: { description: 'Set the mode.', resources: ['change'], routes: ['POST /mode'] },
    expertMode: {
      description: 'Set the mode of experts.',
      resources: ['expert'],
      routes: [
        { route: 'POST /mode', when: [{ body: '/mode', is: 'expert' }] },
        { route: 'POST /mode', when: [{ body: '', key: 'a/b' }] },
      ],
    },
  },
})

let gateway: LicenceGateway
before(async () => {
  gateway = await licenceGateway({
    profile: 'depot',
    profiles: new Map([['depot', DEPOT]]),
    roles: ['worker'],
    stored: [
      {
        type: 'tool',
        id: 'closed',
        owner: null,
        ownerGroups: [],
        accessList: { operators: [], groups: [] },
        ancestors: [],
      },
    ],
  })
})
after(() => gateway.close())

async function refused(line: string, body?: string): Promise<void> {
  const seen = gateway.seen.length
  const answer = await gateway.ask(line, body === undefined ? {} : { body })
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [400, 'BAD_REQUEST'])
  assert.equal(gateway.seen.length, seen, 'the service was asked')
}

async function passes(line: string, body?: string): Promise<void> {
  const { status } = await gateway.ask(line, body === undefined ? {} : { body })
  assert.equal(status, 200)
  const [, target = ''] = line.split(' ')
  assert.deepEqual(gateway.seen.at(-1), { method: 'POST', url: target, body: body ?? '' })
}

describe('G-6: a query that names the object is refused where another reader finds another object in it', () => {
  for (const query of [
    'tool=open;tool=closed',
    'x=1;tool=closed&tool=open',
    'tool=open&+tool=closed',
    'tool=open&%20tool=closed',
    'tool=open&tool%20=closed',
    'tool=open&tool%00=closed',
    'tool=open&%09tool=closed',
    'tool=open&%EF%BB%BFtool=closed',
    'tool=open&to%E2%80%8Bol=closed',
    'tool=open&TOOL=closed',
  ]) {
    test(query, () => refused(`POST /use?${query}`))
  }
  test('but one that has blanks and semicolons inside, escaped, passes', () => passes('POST /use?tool=a%3Bb+c&x%20y=1'))
})

describe('G-6: a body whose names are those that decide but for their case is refused', () => {
  for (const [line, body] of [
    ['POST /use', '{"tool":"open","Tool":"closed"}'],
    ['POST /use', '{"tool":"open","TOOL":"closed"}'],
    ['POST /use', '{"Tool":"closed"}'],
    ['POST /use', '{"tools":[{"id":"open","Id":"closed"}]}'],
    ['POST /use', '{"tools":[{"id":"open"},{"id":"closed"}],"Tools":[{"id":"closed"}]}'],
    ['POST /use', '{"tool":"open","TOOLS":[{"id":"closed"}]}'],
    ['POST /use', '{"too\\u006c":"open","\\u0054ool":"closed"}'],
    ['POST /note', '{"About":{"tool":"closed"}}'],
    ['POST /note', '{"about":{"Tool":"closed"}}'],
    ['POST /mode', '{"Mode":"expert"}'],
    ['POST /mode', '{"mode":"plain","MODE":"expert"}'],
    ['POST /mode', '{"A/b":true}'],
  ] as const) {
    test(`${line} ${body}`, () => refused(line, body))
  }
  for (const [line, body] of [
    ['POST /use', '{"tool":"open","more":{"Tool":"x","tool":"y"}}'],
    ['POST /note', '{"tool":"x","Tool":"y"}'],
    ['POST /mode', '{"mode":"plain","data":[{"Mode":1}]}'],
  ] as const) {
    test(`but not elsewhere: ${line} ${body}`, () => passes(line, body))
  }
})

describe('G-6: a number that has more digits than can be told apart is no id', () => {
  for (const number of ['0.99999999999999999999', '7.00000000000000000001', '1e-400', '69999999999999999999e-19']) {
    test(number, () => refused('POST /use', `{"tool":${number}}`))
  }
  for (const number of ['7', '7.0', '70e-1', '0.07e2', '-7']) {
    test(`but ${number} is`, () => passes('POST /use', `{"tool":${number}}`))
  }
  test('nor do other numbers matter', () => passes('POST /use', '{"tool":"open","price":10.50,"small":1e-3}'))
})

describe('G-6: an id with blanks around it, which some readers cut off, is none', () => {
  for (const [line, body] of [
    ['POST /use?tool=closed%20'],
    ['POST /use?tool=+closed'],
    ['POST /use?tool=closed%C2%A0'],
    ['POST /use', '{"tool":"closed "}'],
    ['POST /use', '{"tools":[{"id":"open"},{"id":"\\u3000closed"}]}'],
    ['POST /note', '{"about":{"tool":" closed"}}'],
  ] as const) {
    test(`${line} ${body ?? ''}`, async () => {
      const seen = gateway.seen.length
      const answer = await gateway.ask(line, body === undefined ? {} : { body })
      assert.deepEqual([answer.status, JSON.parse(answer.body).code], [403, 'OBJECT_UNDETERMINED'])
      assert.equal(gateway.seen.length, seen, 'the service was asked')
    })
  }
})

test('G-6: who may not pass as himself where sign-in is optional passes as nobody, with the body that was read', async () => {
  const optional = await licenceGateway({
    profile: 'depot',
    profiles: new Map([['depot', DEPOT]]),
    roles: ['worker'],
    config: { access: 'optional' },
  })
  try {
    const body = '{"mode":"expert"}'
    assert.equal((await optional.ask('POST /mode', { body })).status, 200)
    assert.equal(optional.seen.at(-1)?.body, body)
  } finally {
    await optional.close()
  }
})
