import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { licenceGateway, matrix } from '../../support/licence-gateway.ts'

const PROFILE = 'flexnet-license-server'
const ENDPOINTS = z
  .array(z.strictObject({ request: z.string(), needs: z.array(z.string()).min(1) }))
  .parse(matrix(PROFILE))
const ROLES = ['role_read', 'role_reservations', 'role_dropclient', 'role_admin', 'role_offline', 'role_producer']
const OF_DEFAULT_ADMIN = ['role_read', 'role_reservations', 'role_dropclient', 'role_admin']

function isAllowed(needs: readonly string[], role: string): boolean {
  if (needs.includes('anybody')) return true
  return role === 'default_admin' ? needs.some((need) => OF_DEFAULT_ADMIN.includes(need)) : needs.includes(role)
}

for (const role of [...ROLES, 'default_admin']) {
  describe(`F-5 ${role}`, async () => {
    const gateway = await licenceGateway({ profile: PROFILE, roles: [role] })
    after(() => gateway.close())
    for (const { request, needs } of ENDPOINTS) {
      const allowed = isAllowed(needs, role)
      test(`F-5: ${role} ${allowed ? 'may' : 'may not'} ${request}`, async () => {
        const before = gateway.seen.length
        const { status, body } = await gateway.ask(request)
        assert.equal(status, allowed ? 200 : 403, body)
        assert.equal(gateway.seen.length - before, allowed ? 1 : 0, 'a refused request does not reach the server')
        if (!allowed) assert.equal(JSON.parse(body).code, 'ROLE_MISSING')
      })
    }
  })
}

describe('F-5 without a session', async () => {
  const gateway = await licenceGateway({ profile: PROFILE, roles: [] })
  after(() => gateway.close())
  for (const { request, needs } of ENDPOINTS) {
    const open = needs.includes('anybody')
    test(`F-5, F-14: without a session ${request} ${open ? 'passes' : 'asks for one'}`, async () => {
      const { status } = await gateway.ask(request, { anonymous: true })
      assert.equal(status, open ? 200 : 401)
    })
  }
})
