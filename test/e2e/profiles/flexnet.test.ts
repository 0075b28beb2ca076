import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectFacts } from '../../../src/authz/model.ts'
import { type LicenceGateway, licenceGateway, type Setup } from '../../support/licence-gateway.ts'

const BASE = '/api/1.0/instances/~'

/** A gateway for the time of `work`. */
async function within(
  setup: Partial<Omit<Setup, 'profile'>>,
  work: (gateway: LicenceGateway) => Promise<void>,
): Promise<void> {
  const gateway = await licenceGateway({ profile: 'flexnet-license-server', roles: [], ...setup })
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

async function statuses(gateway: LicenceGateway, lines: readonly string[], body?: unknown): Promise<readonly number[]> {
  const all: number[] = []
  for (const line of lines) all.push((await gateway.ask(line, body === undefined ? {} : { body })).status)
  return all
}

const READING = ['features', 'clients', 'configuration', 'hostids', 'overages', 'reservationgroups', 'version']
const ANONYMOUS = { settings: { securityAnonymous: true } }

test('F-6: role_admin without role_read reads only where reading needs nobody', async () => {
  const lines = READING.map((path) => `GET ${BASE}/${path}`)
  await within({ roles: ['role_admin'] }, async (gateway) => {
    assert.deepEqual(new Set(await statuses(gateway, lines)), new Set([403]))
  })
  await within({ roles: ['role_admin'], config: ANONYMOUS }, async (gateway) => {
    assert.deepEqual(new Set(await statuses(gateway, lines)), new Set([200]))
  })
})

test('F-8: with anonymous reading features need no session, and changes a role all the same', async () => {
  await within({ roles: ['role_read'], config: ANONYMOUS }, async (gateway) => {
    assert.equal((await gateway.ask(`GET ${BASE}/features`, { anonymous: true })).status, 200)
    assert.equal((await gateway.ask(`POST ${BASE}/reservationgroups`, { anonymous: true })).status, 401)
    const refused = await gateway.ask(`POST ${BASE}/reservationgroups`)
    assert.equal(refused.status, 403)
    assert.equal(JSON.parse(refused.body).code, 'ROLE_MISSING')
  })
})

test('F-9: with authorization off every role may do everything, and nobody without one anything', async () => {
  const lines = [`GET ${BASE}/features`, `POST ${BASE}/suspend`, 'GET /anything/else']
  const config = { authorization: 'off' as const }
  await within({ roles: ['role_offline'], config }, async (gateway) => {
    assert.deepEqual(await statuses(gateway, lines), [200, 200, 200])
  })
  await within({ roles: [], config }, async (gateway) => {
    const { status, body } = await gateway.ask(lines[0] ?? '')
    assert.deepEqual([status, JSON.parse(body).code], [403, 'NO_ROLE'])
  })
})

const RESERVATIONS = [
  `POST ${BASE}/reservationgroups`,
  `DELETE ${BASE}/reservationgroups/7`,
  `POST ${BASE}/reservationgroups/7/reservations`,
  `DELETE ${BASE}/reservationgroups/7/reservations/8`,
  `POST ${BASE}/reservationgroups/7/reservations/8/entries`,
  `DELETE ${BASE}/reservationgroups/7/reservations/8/entries/9`,
]

test('F-10: reservations are refused to everybody while partitions are active', async () => {
  await within({ roles: ['role_reservations'] }, async (gateway) => {
    assert.deepEqual(new Set(await statuses(gateway, RESERVATIONS)), new Set([200]))
  })
  await within({ roles: ['default_admin'], config: { settings: { partitions: true } } }, async (gateway) => {
    assert.deepEqual(new Set(await statuses(gateway, RESERVATIONS)), new Set([403]))
    assert.equal(gateway.seen.length, 0)
  })
})

test('F-11: role_dropclient deletes clients, one or many, and nothing else', async () => {
  await within({ roles: ['role_dropclient'] }, async (gateway) => {
    const lines = [`DELETE ${BASE}/clients`, `DELETE ${BASE}/clients/c1`, `DELETE ${BASE}/reservationgroups/7`]
    assert.deepEqual(await statuses(gateway, lines), [200, 200, 403])
  })
})

const CONFIGURATION = `POST ${BASE}/configuration`
const PRODUCERS: Readonly<Record<string, unknown>> = {
  'as a key': { 'lfs.syncTo.enabled': true },
  'beside another': { 'server.log.level': 'info', 'lfs.syncTo.enabled': true },
  'as the name of a row': [{ name: 'lfs.syncTo.enabled', value: 'true' }],
  'deep inside': { settings: { policies: [{ key: 'lfs.syncTo.enabled' }] } },
  'in other letters': [{ name: 'LFS.syncTo.Enabled', value: 'true' }],
}

for (const [where, body] of Object.entries(PRODUCERS)) {
  test(`F-12: a setting of the producer ${where} needs his role and that of the administrator`, async () => {
    const asked = async (roles: readonly string[], config = {}) => {
      let status = 0
      await within({ roles, config }, async (gateway) => {
        status = (await gateway.ask(CONFIGURATION, { body })).status
      })
      return status
    }
    assert.equal(await asked(['role_admin']), 403)
    assert.equal(await asked(['default_admin']), 403)
    assert.equal(await asked(['role_producer']), 403)
    assert.equal(await asked(['role_admin', 'role_producer']), 200)
    assert.equal(await asked(['role_admin', 'role_producer'], { settings: { server: 'cls' } }), 403)
  })
}

test('F-12: other settings are the administrator’s, but for those of the cloud service', async () => {
  const body = { 'server.log.level': 'info' }
  await within({ roles: ['role_admin'] }, async (gateway) => {
    assert.equal((await gateway.ask(CONFIGURATION, { body })).status, 200)
    assert.equal(gateway.seen[0]?.body, JSON.stringify(body), 'the body arrives as it came')
  })
  await within({ roles: ['role_admin'], config: { settings: { server: 'cls' } } }, async (gateway) => {
    assert.equal((await gateway.ask(CONFIGURATION, { body })).status, 403)
  })
})

test('F-12: role_admin hands out every role but that of the producer, and leaves his account alone', async () => {
  await within({ roles: ['role_admin'] }, async (gateway) => {
    const create = (roles: unknown) => gateway.ask(`POST ${BASE}/users`, { body: { name: 'bob', roles } })
    assert.equal((await create('ROLE_ADMIN+ROLE_READ')).status, 200)
    for (const roles of ['ROLE_READ+ROLE_PRODUCER', ['ROLE_READ', 'ROLE_PRODUCER'], 'role_producer']) {
      assert.equal((await create(roles)).status, 403)
    }
    assert.equal((await gateway.ask(`PUT ${BASE}/users/bob`, { body: { roles: 'ROLE_PRODUCER' } })).status, 403)
    assert.deepEqual(await statuses(gateway, [`PUT ${BASE}/users/bob`, `PUT ${BASE}/users/producer`], {}), [200, 403])
    assert.deepEqual(await statuses(gateway, [`DELETE ${BASE}/users/producer`]), [403])
  })
})

const DOUBTFUL: Readonly<Record<string, { body: string; headers?: Record<string, string | string[]> }>> = {
  'a name twice': { body: '{"a":1,"a":2}' },
  'a name twice in other letters': { body: '{"lfs.syncTo.enabled":1,"lfs\\u002esyncTo.enabled":2}' },
  'a byte order mark': { body: '\ufeff{}' },
  'no JSON': { body: 'a=b' },
  'another type': { body: '{}', headers: { 'Content-Type': 'text/plain' } },
  'another charset': { body: '{}', headers: { 'Content-Type': 'application/json; charset=utf-16' } },
  'a second type': { body: '{}', headers: { 'Content-Type': ['application/json', 'text/plain'] } },
  'a second type, spelled otherwise': { body: '{}', headers: { Content_Type: 'text/plain' } },
  'a coding, spelled otherwise': { body: '{}', headers: { 'CONTENT.ENCODING': 'gzip' } },
  'a coding': { body: '{}', headers: { 'Content-Encoding': 'gzip' } },
}

for (const [what, sent] of Object.entries(DOUBTFUL)) {
  test(`F-12: a body that decides is refused for ${what}, and never reaches the server`, async () => {
    await within({ roles: ['role_admin', 'role_producer'] }, async (gateway) => {
      const { status, body } = await gateway.ask(CONFIGURATION, sent)
      assert.deepEqual([status, JSON.parse(body).code], [400, 'BAD_REQUEST'])
      assert.equal(gateway.seen.length, 0)
    })
  })
}

test('F-12: a body that might have decided, but is empty, is forwarded as none, however it is framed', async () => {
  await within({ roles: ['role_admin', 'role_producer'] }, async (gateway) => {
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }]) {
      assert.equal((await gateway.ask(CONFIGURATION, { body: '', headers })).status, 200)
    }
    assert.deepEqual(
      gateway.seen.map(({ body }) => body),
      ['', ''],
    )
  })
})

test('F-12: a body of more than 1 MiB that decides is refused', async () => {
  await within({ roles: ['role_admin'] }, async (gateway) => {
    const { status } = await gateway.ask(CONFIGURATION, { body: { note: 'x'.repeat(1024 * 1024) } })
    assert.equal(status, 413)
    assert.equal(gateway.seen.length, 0)
  })
})

test('F-13: role_offline handles offline files and nothing else', async () => {
  await within({ roles: ['role_offline'] }, async (gateway) => {
    const lines = [`POST ${BASE}/capability_response`, `GET ${BASE}/features`, `POST ${BASE}/rest_licensing_keys`]
    assert.deepEqual(await statuses(gateway, lines), [200, 403, 403])
  })
})

test('F-14: licence traffic passes without a session, and with any', async () => {
  const lines = [`POST ${BASE}/capability_request`, `POST ${BASE}/sync`]
  await within({ roles: [] }, async (gateway) => {
    for (const line of lines) {
      assert.equal((await gateway.ask(line, { anonymous: true })).status, 200)
      assert.equal((await gateway.ask(line)).status, 200)
    }
  })
})

test('F-17: the server’s 410 for a revoked key arrives', async () => {
  await within({ roles: ['role_admin'], answer: () => ({ status: 410 }) }, async (gateway) => {
    const line = `DELETE ${BASE}/rest_licensing_keys`
    assert.deepEqual(await statuses(gateway, [line, line]), [410, 410])
  })
})

test('F-18: health needs no session', async () => {
  await within({}, async (gateway) => {
    for (const line of [`GET ${BASE}/health`, 'GET /api/1.0/health', 'HEAD /api/1.0/health']) {
      assert.equal((await gateway.ask(line, { anonymous: true })).status, 200)
    }
  })
})

const GROUP: ObjectFacts = {
  type: 'reservation-group',
  id: '7',
  owner: { operator: 'somebody-else' },
  ownerGroups: [],
  accessList: null,
  ancestors: [],
}

test('F-21: the reservation group of another department is read and not changed', async () => {
  const mine: ObjectFacts = { ...GROUP, id: '8', owner: { operator: 'op-1' } }
  const roles = ['role_reservations', 'role_read']
  await within({ roles, stored: [GROUP, mine] }, async (gateway) => {
    const lines = ['7', '8', '9'].flatMap((id) => [
      `GET ${BASE}/reservationgroups/${id}/reservations`,
      `DELETE ${BASE}/reservationgroups/${id}`,
    ])
    assert.deepEqual(await statuses(gateway, lines), [200, 403, 200, 200, 200, 200])
  })
  const server = { settings: { reservationScope: 'server' } }
  await within({ roles, stored: [GROUP], config: server }, async (gateway) => {
    assert.deepEqual(await statuses(gateway, [`DELETE ${BASE}/reservationgroups/7`]), [200])
  })
  await within({ roles: ['default_admin'], stored: [GROUP] }, async (gateway) => {
    assert.deepEqual(await statuses(gateway, [`DELETE ${BASE}/reservationgroups/7`]), [200])
  })
})

test('G-1, G-6: what is not listed is not there, however it is spelt, and the short form is the same operation', async () => {
  await within({ roles: ['default_admin'] }, async (gateway) => {
    const unlisted = [
      'GET /',
      'GET /api/1.0',
      `PATCH ${BASE}/features`,
      'GET /api/2.0/features',
      `GET ${BASE}/Features`,
    ]
    assert.deepEqual(new Set(await statuses(gateway, unlisted)), new Set([404]))
    const same = ['GET /api/1.0/features', 'GET /api/1.0/instances/ABC/features', `GET ${BASE}/features/`]
    assert.deepEqual(await statuses(gateway, same), [200, 200, 200])
    const odd = [
      `GET ${BASE}//features`,
      `GET ${BASE}/%2e/features`,
      `GET ${BASE}/features;x`,
      `GET ${BASE}%2Ffeatures`,
    ]
    assert.deepEqual(new Set(await statuses(gateway, odd)), new Set([400]))
  })
  await within({ roles: ['role_read'] }, async (gateway) => {
    const headers = { 'X-HTTP-Method-Override': 'GET' }
    assert.equal((await gateway.ask(`POST ${BASE}/suspend`, { headers })).status, 403)
  })
})
