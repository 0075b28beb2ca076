/** Every resource of OpenLM, row by row: on requests what is answered, of columns what is left. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { decide } from '../../../src/authz/decide.ts'
import type { DirectoryRole } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import type { Effect } from '../../../src/profiles/profile.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { GRANT } from '../../support/gateway.ts'
import { type LicenceGateway, licenceGateway, matrix } from '../../support/licence-gateway.ts'

const status = z.union([z.literal(403), z.literal(404)])
const MATRIX = z
  .strictObject({
    requests: z.array(z.tuple([z.string(), z.string(), status, status])),
    columns: z.array(z.tuple([z.string(), z.string(), z.string()])),
    filters: z.array(z.tuple([z.string(), z.string()])),
  })
  .parse(matrix('openlm'))

const profiles = await loadShippedProfiles()
const openlm = profiles.get('openlm') ?? assert.fail()
const RESOURCES = [...openlm.resources.keys()]

/** A role that allows everything but what `except` says. */
function allBut(except: Readonly<Record<string, Effect>>): DirectoryRole {
  const permissions = RESOURCES.map((name) => ({ resource: `openlm:${name}`, effect: except[name] ?? 'allow' }))
  return { name: 'r', parents: [], permissions }
}

const row = Object.fromEntries([['server', 'lic1'], ...MATRIX.columns.map(([, , field]) => [field, `<${field}>`])])
const titles = Object.keys(row)
const table = `${titles.join(',')}\r\n${Object.values(row).join(',')}\r\n`

function gatewayFor(except: Readonly<Record<string, Effect>>): Promise<LicenceGateway> {
  return licenceGateway({
    profile: 'openlm',
    roles: [],
    directoryRoles: [allBut(except)],
    person: { grants: [{ ...GRANT, role: 'r' }] },
    answer: ({ url }) =>
      url.includes('format=csv')
        ? { headers: { 'Content-Type': 'text/csv' }, body: table }
        : { body: JSON.stringify({ rows: [row], total: 1 }) },
  })
}

const named = MATRIX.requests.map(([name]) => name).filter((name) => name !== 'control_panel_tab')
const every = (names: readonly string[], effect: Effect) => Object.fromEntries(names.map((name) => [name, effect]))

describe('the resources of OpenLM', async () => {
  const [open, disabled, denied, ...closed] = await Promise.all([
    gatewayFor({}),
    gatewayFor(every(named, 'disable')),
    gatewayFor(every(named, 'deny')),
    gatewayFor({ control_panel_tab: 'disable' }),
    gatewayFor({ control_panel_tab: 'deny' }),
  ])
  after(() => Promise.all([open, disabled, denied, ...closed].map((each) => each.close())))
  const ask = async (gateway: LicenceGateway, line: string) => {
    const body = line.startsWith('POST') ? { server: 'lic1' } : undefined
    return (await gateway.ask(line, body === undefined ? {} : { body })).status
  }

  test('O-2: they are 120, each in one row', () => {
    const all = [...MATRIX.requests, ...MATRIX.columns, ...MATRIX.filters].map(([name]) => name)
    assert.deepEqual(all.toSorted(), RESOURCES.filter((name) => name !== 'server_*').toSorted())
    assert.equal(all.length, 120)
  })

  for (const [name, line, whenDisabled, whenDenied] of MATRIX.requests) {
    test(`O-1, O-15, O-16: ${name}: allowed, disabled, denied, and behind a closed front door`, async () => {
      const isDoor = name === 'control_panel_tab'
      const [off, none] = isDoor ? closed : [disabled, denied]
      assert.ok(off !== undefined && none !== undefined)
      assert.deepEqual(
        [await ask(open, line), await ask(off, line), await ask(none, line)],
        [200, whenDisabled, whenDenied],
      )
      for (const gateway of isDoor ? [] : closed) assert.equal(await ask(gateway, line), 404)
    })
  }

  for (const [name, line] of MATRIX.filters) {
    test(`O-13: ${name}: who may not filter by it gets nothing`, async () => {
      const without = await gatewayFor({ [name]: 'deny' })
      assert.deepEqual([await ask(open, `GET /api/${line}`), await ask(without, `GET /api/${line}`)], [200, 404])
      await without.close()
    })
  }

  test('O-13: columns are there for whom they are allowed, and gone from lists and exports where they are not, values and all', async () => {
    const without = await gatewayFor(
      every(
        MATRIX.columns.map(([name]) => name),
        'deny',
      ),
    )
    for (const panel of new Set(MATRIX.columns.map(([, at]) => at))) {
      const own = MATRIX.columns.flatMap(([, at, field]) => (at === panel ? [field] : []))
      for (const format of ['json', 'csv']) {
        const path = `GET /api/${panel}?format=${format}`
        const [shown, hidden] = [(await open.ask(path)).body, (await without.ask(path)).body]
        for (const field of own) {
          assert.ok(shown.includes(`<${field}>`), `${panel} ${format} ${field}`)
          assert.ok(!hidden.includes(`<${field}>`), `${panel} ${format} ${field}`)
          assert.doesNotMatch(hidden, new RegExp(`["\\r\\n,]${field}["\\r\\n,]`))
        }
      }
    }
    await without.close()
  })

  for (const [name, panel, field] of MATRIX.columns) {
    test(`O-13: ${name}: without it that column is left out, and no other`, () => {
      const services = [{ id: 'lm', profile: 'openlm', authorization: 'on' as const }]
      const ann = { id: 'ann', grants: [{ role: 'r', service: null }] }
      const operation =
        openlm.operations.find(({ routes }) => routes.some(({ path }) => path === `/${panel}`))?.name ?? ''
      const left = (except: Readonly<Record<string, Effect>>) => {
        const snapshot = compileSnapshot({ services, profiles, roles: [allBut(except)], revision: 1 })
        return decide(snapshot, ann, { service: 'lm', name: operation }).obligations.filter(
          ({ kind }) => kind === 'removeField',
        )
      }
      assert.deepEqual(left({}), [])
      for (const effect of ['deny', 'disable'] as const) {
        assert.deepEqual(left({ [name]: effect }), [{ kind: 'removeField', field }])
      }
    })
  }
})
