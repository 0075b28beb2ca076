import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessList, ObjectFacts } from '../../../src/authz/model.ts'
import { GRANT } from '../../support/gateway.ts'
import { type LicenceGateway, licenceGateway, type Setup } from '../../support/licence-gateway.ts'

const PROFILE = 'cisco-license-manager'

async function within(
  setup: Partial<Omit<Setup, 'profile'>>,
  work: (gateway: LicenceGateway) => Promise<void>,
): Promise<void> {
  const gateway = await licenceGateway({ profile: 'cisco-license-manager', roles: [], ...setup })
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

const listOf = (...operators: string[]): AccessList => ({ operators, groups: [] })

function stored(type: string, id: string, over: Partial<ObjectFacts> = {}): ObjectFacts {
  return { type, id, owner: null, ownerGroups: [], accessList: null, ancestors: [], ...over }
}

const inGroup = (id: string, accessList: AccessList | null) => ({ type: 'device-group', id, accessList })

async function status(gateway: LicenceGateway, operation: string, body: object): Promise<number> {
  return (await gateway.ask(`POST /api/${operation}`, { body })).status
}

test('C-3: misspelt and real names are one operation; other names are not there, or open where the service says so', async () => {
  const pairs = [
    ['rehostLicenses', 'rehostLicense'],
    ['initRehostLicenses', 'initRehostLicense'],
    ['revokeLicenseFroRehost', 'revokeLicenseForRehost'],
    ['asyncAnnotateLicense', 'asyncAnnotateLicenses'],
    ['asyncAnnotateLicensesLine', 'asyncAnnotateLicenseLines'],
  ]
  const listed = [stored('device', 'd1', { accessList: listOf('op-1') })]
  const others = ['getAssociatedActions', 'readLicenses', 'listAllFoldersByPAK', 'login']
  await within({ roles: ['license-management'], stored: listed }, async (gateway) => {
    for (const name of pairs.flat()) assert.equal(await status(gateway, name, { device: 'd1' }), 200, name)
    for (const name of others) assert.equal(await status(gateway, name, {}), 404, name)
  })
  await within({ roles: ['report-management'], stored: listed }, async (gateway) => {
    for (const name of pairs.flat()) assert.equal(await status(gateway, name, { device: 'd1' }), 403, name)
  })
  const config = { unlistedOperations: 'open' as const }
  await within(
    { roles: ['report-management'], config, answer: () => ({ body: '{"pakId":"ABCD12345678"}' }) },
    async (gateway) => {
      for (const name of others) {
        const { status: code, body } = await gateway.ask(`POST /api/${name}`, { body: {} })
        assert.deepEqual([code, body], [200, '{"pakId":"********5678"}'])
      }
      assert.equal(await status(gateway, 'listAllUsers', {}), 403, 'what is listed stays closed')
    },
  )
})

test('C-4, C-12: an administrator passes every list; he alone edits those of devices and groups', async () => {
  const closed = { accessList: listOf(), owner: { operator: 'bob' } }
  const all = [stored('device', 'd', closed), stored('pak', 'p', closed), stored('device-group', 'g', closed)]
  const lists = ['addUserToDeviceAccessList', 'removeUserFromDeviceAccessList', 'addUserToGroupAccessList']
  const body = { device: 'd', pak: 'p', group: 'g', user: 'bob' }
  await within({ roles: ['administrator'], stored: all }, async (gateway) => {
    for (const name of [...lists, 'writeDevices', 'writePAKs', 'renameDeviceGroup', 'addUserToPAKAccessList']) {
      assert.equal(await status(gateway, name, body), 200, name)
    }
  })
  await within({ roles: ['inventory-management'] }, async (gateway) => {
    for (const name of lists) assert.equal(await status(gateway, name, body), 403, name)
  })
})

test('G-9: who may create users gives none a role that he does not hold himself', async () => {
  const roles = [
    { name: 'registrar', parents: [], permissions: [{ resource: `${PROFILE}:createUser`, effect: 'allow' as const }] },
  ]
  const held = ['registrar', `${PROFILE}:report-management`].map((role) => ({ ...GRANT, role }))
  await within({ directoryRoles: roles, person: { grants: held } }, async (gateway) => {
    const create = (role?: string) => status(gateway, 'createUser', { user: 'eve', password: 'x', role })
    assert.equal(await create(), 200, 'without a role it is the least one')
    assert.equal(await create('ReportMgr'), 200)
    for (const role of ['Admin', 'administrator', 'LicenseMgr', 'SomethingElse']) assert.equal(await create(role), 403)
  })
  await within({ roles: ['administrator'] }, async (gateway) => {
    for (const role of ['Admin', 'SomethingElse']) {
      assert.equal(await status(gateway, 'createUser', { user: 'eve', password: 'x', role }), 200)
    }
  })
})

test('C-5: a PAK is its owner’s and of whom its list names; to others it is not there', async () => {
  const paks = [
    stored('pak', 'own', { owner: { operator: 'op-1' } }),
    stored('pak', 'listed', { owner: { operator: 'bob' }, accessList: listOf('op-1') }),
    stored('pak', 'other', { owner: { operator: 'bob' } }),
    stored('pak', 'emptied', { owner: { operator: 'bob' }, accessList: listOf() }),
  ]
  await within(
    { roles: ['pak-management'], stored: paks, answer: () => ({ body: '{"paks":[]}' }) },
    async (gateway) => {
      for (const name of ['readPAKs', 'writePAKs', 'deletePAKs', 'asyncDownloadPAKInfo']) {
        assert.equal(await status(gateway, name, { pak: 'own' }), 200, name)
        assert.equal(await status(gateway, name, { pak: 'listed' }), 200, name)
        for (const pak of ['other', 'emptied', 'unknown']) assert.equal(await status(gateway, name, { pak }), 404, name)
      }
    },
  )
})

test('C-6: the list of a PAK is changed by its owner; who is listed sees that he may not', async () => {
  const paks = [
    stored('pak', 'own', { owner: { operator: 'op-1' } }),
    stored('pak', 'listed', { owner: { operator: 'bob' }, accessList: listOf('op-1') }),
    stored('pak', 'other', { owner: { operator: 'bob' } }),
  ]
  for (const role of ['inventory-management', 'pak-management']) {
    await within({ roles: [role], stored: paks }, async (gateway) => {
      for (const name of ['addUserToPAKAccessList', 'removeUserFromPAKAccessList']) {
        assert.equal(await status(gateway, name, { pak: 'own', user: 'eve' }), 200)
        assert.equal(await status(gateway, name, { pak: 'listed', user: 'eve' }), 403)
        assert.equal(await status(gateway, name, { pak: 'other', user: 'eve' }), 404)
      }
    })
  }
})

test('C-7: licence and report management see the last four characters of a PAK id, the others all of it', async () => {
  const answer = () => ({ body: '{"paks":[{"id":"1","pakId":"PAK-12345678"}],"PAK ID":"ABCD12345678"}' })
  const owned = [stored('pak', '1', { owner: { operator: 'op-1' } })]
  for (const role of ['license-management', 'report-management']) {
    await within({ roles: [role], stored: owned, answer }, async (gateway) => {
      for (const line of [
        'GET /api/readPAKs',
        'GET /api/readPAKs?pak=1',
        'POST /api/generateReport',
        'GET /api/readReport',
      ]) {
        const { status: code, body } = await gateway.ask(line)
        assert.equal(code, 200, body)
        assert.ok(!body.includes('1234567') && body.includes('5678'), body)
      }
    })
  }
  for (const role of ['administrator', 'inventory-management', 'pak-management']) {
    await within({ roles: [role], stored: owned, answer }, async (gateway) => {
      assert.ok((await gateway.ask('GET /api/readPAKs')).body.includes('PAK-12345678'))
    })
  }
})

test('C-5: a list of PAKs holds those that the caller may see, and no count of the others', async () => {
  const answer = () => ({
    body: '{"total":2,"paks":[{"id":"own","pakId":"AAAA1111"},{"id":"other","pakId":"BBBB2222"}]}',
  })
  const paks = [
    stored('pak', 'own', { owner: { operator: 'op-1' } }),
    stored('pak', 'other', { owner: { operator: 'bob' } }),
  ]
  await within({ roles: ['pak-management'], stored: paks, answer }, async (gateway) => {
    const { body } = await gateway.ask('GET /api/readPAKs')
    assert.deepEqual(JSON.parse(body), { total: 1, paks: [{ id: 'own', pakId: 'AAAA1111' }] })
  })
})

const DEVICES = [
  stored('device', 'open'),
  stored('device', 'listed', { accessList: listOf('op-1') }),
  stored('device', 'closed', { accessList: listOf('bob') }),
  stored('device', 'emptied', { accessList: listOf() }),
  stored('device', 'by-group', { ancestors: [inGroup('a', listOf('op-1'))] }),
  stored('device', 'closed-by-group', { ancestors: [inGroup('a', null), inGroup('b', listOf('bob'))] }),
  stored('device', 'two-groups', { ancestors: [inGroup('a', listOf('bob')), inGroup('b', listOf('op-1'))] }),
]

test('C-8, C-9: a device is open until it or a group of it has a list; lists add up', async () => {
  await within(
    { roles: ['inventory-management'], stored: DEVICES, answer: () => ({ body: '{"devices":[]}' }) },
    async (gateway) => {
      for (const name of ['readDevices', 'writeDevices', 'checkDeviceConnection', 'asyncDeployLicenses']) {
        for (const device of ['open', 'unknown', 'listed', 'by-group', 'two-groups']) {
          assert.equal(await status(gateway, name, { device }), 200, `${name} ${device}`)
        }
        for (const device of ['closed', 'emptied', 'closed-by-group']) {
          assert.equal(await status(gateway, name, { device }), 404, `${name} ${device}`)
        }
      }
    },
  )
})

test('C-8: what nobody has listed is changed from inventory management up, or by the roles alone where the service says so', async () => {
  const asked = async (settings: Record<string, unknown>) => {
    const all: number[] = []
    await within({ roles: ['license-management'], stored: DEVICES, config: { settings } }, async (gateway) => {
      for (const device of ['open', 'listed']) all.push(await status(gateway, 'asyncDeployLicenses', { device }))
      all.push(await status(gateway, 'getLicensesOnDevice', { device: 'open' }))
    })
    return all
  }
  assert.deepEqual(await asked({}), [403, 200, 200])
  assert.deepEqual(await asked({ emptyDeviceList: 'matrix' }), [200, 200, 200])
})

test('C-8: the devices of one move of licences are allowed together or refused together', async () => {
  await within({ roles: ['inventory-management'], stored: DEVICES }, async (gateway) => {
    assert.equal(await status(gateway, 'rehostLicenses', { devices: ['open', 'listed'] }), 200)
    assert.equal(await status(gateway, 'rehostLicenses', { devices: ['open', 'closed'] }), 404)
    assert.equal(gateway.seen.length, 1)
  })
})

test('C-24: strictly, operations that touch a device, a group or a PAK ask its lists too', async () => {
  const all = [
    ...DEVICES,
    stored('pak', 'p', { owner: { operator: 'bob' } }),
    stored('device-group', 'g', { accessList: listOf('bob') }),
  ]
  const body = { device: 'closed', pak: 'p', group: 'g' }
  const names = [
    'rehostLicenses',
    'initRehostLicenses',
    'revokeLicenseFroRehost',
    'obtainLicenseForRehost',
    'getRehostInfo',
    'writeLicenses',
    'writeLicenseLines',
    'addDevicesToGroup',
    'removeDeviceFromGroup',
    'deleteDeviceGroup',
    'renameDeviceGroup',
    'addPAKsToFolder',
    'removePAKsFromFolder',
  ]
  await within({ roles: ['inventory-management'], stored: all }, async (gateway) => {
    for (const name of names) assert.equal(await status(gateway, name, body), 404, name)
  })
})

test('C-23: records of users are closed to all but administrators and the person himself', async () => {
  const closed = [
    'getUserAccessListFromDevice',
    'getUserAccessListFromGroup',
    'getUserAccessListFromPAK',
    'listAllUsers',
    'get_discovery_auth_info',
  ]
  await within({ roles: ['inventory-management'] }, async (gateway) => {
    for (const name of closed) assert.equal(await status(gateway, name, {}), 403, name)
    for (const name of ['readUserInfo', 'writeUserInfo']) {
      assert.equal(await status(gateway, name, { user: 'ann@example.com' }), 200, name)
      assert.equal(await status(gateway, name, { user: 'bob' }), 404, name)
      assert.equal(await status(gateway, name, {}), 403, name)
    }
  })
  await within({ roles: ['administrator'] }, async (gateway) => {
    for (const name of closed) assert.equal(await status(gateway, name, {}), 200, name)
    for (const name of ['readUserInfo', 'writeUserInfo'])
      assert.equal(await status(gateway, name, { user: 'bob' }), 200)
  })
})

test('C-18: how a long job stands is read by who asked for it, and by administrators', async () => {
  const jobs = [
    stored('request', 'r1', { owner: { operator: 'op-1' } }),
    stored('request', 'r2', { owner: { operator: 'bob' } }),
  ]
  await within({ roles: ['license-management'], stored: jobs }, async (gateway) => {
    assert.equal(await status(gateway, 'readRequestStatus', { request: 'r1' }), 200)
    assert.equal(await status(gateway, 'readRequestStatus', { request: 'r2' }), 404)
  })
  await within({ roles: ['administrator'], stored: jobs }, async (gateway) => {
    assert.equal(await status(gateway, 'readRequestStatus', { request: 'r2' }), 200)
  })
})

test('what the service does not know and what may not be seen look alike, to the byte', async () => {
  const hidden = [
    stored('pak', 'other', { owner: { operator: 'bob' } }),
    stored('pak', 'gone', { owner: { operator: 'op-1' } }),
  ]
  const answer = () => ({ status: 404, headers: { 'X-Upstream': 'here' }, body: '{"message":"no PAK gone"}' })
  await within({ roles: ['pak-management'], stored: hidden, answer }, async (gateway) => {
    const replies = []
    for (const pak of ['other', 'gone']) {
      const { status: code, headers, body } = await gateway.ask('POST /api/writePAKs', { body: { pak } })
      replies.push({ code, body, headers: { ...headers, date: '' } })
    }
    assert.equal(replies[0]?.code, 404)
    assert.deepEqual(replies[0], replies[1])
  })
})

const BARE: NonNullable<Setup['answer']> = ({ body }) =>
  body.includes('nowhere') ? { status: 404, headers: { 'X-None': 'yes' }, body: '{"detail":"none"}' } : { body: '{}' }

/** Status, headers but the time, and body of the answer. */
async function whole(gateway: LicenceGateway, operation: string, device: string): Promise<string> {
  const { status: code, headers, body } = await gateway.ask(`POST /api/${operation}`, { body: { device } })
  const { date: _date, ...others } = headers
  return JSON.stringify([code, others, body])
}

const CHANGES = ['writeDevices', 'asyncDeployLicenses', 'reObtainLicense', 'asynPollDeviceLicenseInfo']

test('C-8: to whom the roles give a change, a device of others and one that is not there are alike to the byte', async () => {
  const matrix = { config: { settings: { emptyDeviceList: 'matrix' } } }
  for (const [roles, names, setup] of [
    [['inventory-management'], CHANGES, {}],
    [['license-management'], ['asyncDeployLicenses', 'reObtainLicense'], matrix],
  ] as const) {
    await within({ roles, stored: DEVICES, answer: BARE, ...setup }, async (gateway) => {
      for (const name of names) {
        const missing = await whole(gateway, name, 'nowhere')
        for (const hidden of ['closed', 'emptied', 'closed-by-group']) {
          assert.equal(await whole(gateway, name, hidden), missing, `${name} ${hidden}`)
        }
        assert.match(missing, /^\[404,/)
      }
    })
  }
})

test('C-8: to whom they do not give it, what no list names is refused as seen, wherever it is, and what a list keeps from him is not there', async () => {
  await within({ roles: ['license-management'], stored: DEVICES, answer: BARE }, async (gateway) => {
    for (const name of CHANGES) {
      for (const device of ['open', 'nowhere']) assert.equal(await status(gateway, name, { device }), 403, name)
      for (const device of ['closed', 'emptied']) assert.equal(await status(gateway, name, { device }), 404, name)
    }
    assert.deepEqual(gateway.seen, [])
    for (const device of ['closed', 'nowhere']) assert.equal(await status(gateway, 'readDevices', { device }), 404)
  })
})
