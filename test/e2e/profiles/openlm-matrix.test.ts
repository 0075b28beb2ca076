/** Every resource of OpenLM, row by row: on requests what is answered, of columns what is left. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { decide } from '../../../src/authz/decide.ts'
import type { DirectoryRole } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { openlm as openlmService } from '../../../src/demo/services/openlm.ts'
import type { Effect } from '../../../src/profiles/profile.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { demoTwins } from '../../support/demo-twins.ts'
import { GRANT } from '../../support/gateway.ts'
import { type LicenceGateway, licenceGateway, matrix, type Setup } from '../../support/licence-gateway.ts'

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

/** A service that has every column. */
const withAllColumns: NonNullable<Setup['answer']> = ({ url }) =>
  url.includes('format=csv')
    ? { headers: { 'Content-Type': 'text/csv' }, body: table }
    : { body: JSON.stringify({ rows: [row], total: 1 }) }

function gatewayFor(except: Readonly<Record<string, Effect>>, answer = withAllColumns): Promise<LicenceGateway> {
  return licenceGateway({
    profile: 'openlm',
    roles: [],
    directoryRoles: [allBut(except)],
    person: { grants: [{ ...GRANT, role: 'r' }] },
    answer,
  })
}

const named = MATRIX.requests.map(([name]) => name).filter((name) => name !== 'control_panel_tab')
const every = (names: readonly string[], effect: Effect) => Object.fromEntries(names.map((name) => [name, effect]))

describe('the resources of OpenLM', async () => {
  const twins = await demoTwins(openlmService)
  const [open, real, disabled, denied, ...closed] = await Promise.all([
    gatewayFor({}),
    gatewayFor({}, twins.answer),
    gatewayFor(every(named, 'disable'), twins.answer),
    gatewayFor(every(named, 'deny'), twins.answer),
    gatewayFor({ control_panel_tab: 'disable' }, twins.answer),
    gatewayFor({ control_panel_tab: 'deny' }, twins.answer),
  ])
  after(() => Promise.all([open, real, disabled, denied, ...closed, twins].map((each) => each.close())))
  const bodyOf = (line: string) => {
    if (line === 'POST /api/projects') return { name: 'Demo tunnel', priority: 3 }
    return line.startsWith('POST') ? { server: 'lic1' } : undefined
  }
  const ask = async (gateway: LicenceGateway, line: string) => (await gateway.ask(line, { body: bodyOf(line) })).status

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
      assert.deepEqual([await ask(off, line), await ask(none, line)], [whenDisabled, whenDenied])
      const direct = await twins.direct(line, bodyOf(line))
      assert.ok(direct.status < 300, `${direct.status} ${direct.body}`)
      assert.equal(await ask(real, line), direct.status)
      for (const gateway of isDoor ? [] : closed) assert.equal(await ask(gateway, line), 404)
    })
  }

  test('O-1: what was refused has left nothing behind at the service', () => twins.alike())

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
