/** A FlexNet Manager Suite of the demo: its areas with invented data. */

import { z } from 'zod'
import { APPLICATIONS, ASSETS, DEVICES, LICENSES, LOCATIONS, PURCHASES, TOUR } from './flexnet-manager-suite-data.ts'
import {
  actRoute,
  addRoute,
  changeRoute,
  type DemoRoute,
  doneRoutes,
  getRoute,
  listRoute,
  readRoutes,
  removeRoute,
} from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Row, type Table, table } from './table.ts'

const LicenseChange = z.strictObject({ purchased: z.number().int().min(0).max(1_000_000) })
const text = z.string().min(1).max(100)
/** Something new belongs to a location, which the suite files and the gateway checks. */
const NewItem = z.strictObject({ name: text, location: text })
const ItemChange = z.strictObject({ name: text })

export const flexnetManagerSuite: DemoSystem = {
  id: 'fnms',
  prefix: '/fnms/',
  title: 'FlexNet Manager Suite',
  about: 'Compares what was bought with what is installed, and says where an organisation is out of compliance.',
  open() {
    const licenses = table('id', LICENSES)
    const applications = table('id', APPLICATIONS)
    const devices = table('id', DEVICES)
    const runs = table('run', [{ run: 'R-1000', result: 'finished', breaches: 1 }])
    return {
      sections: [
        { title: 'Licences', table: licenses },
        { title: 'Applications', table: applications },
        { title: 'Inventory devices', table: devices },
        { title: 'Reconciliations', table: runs },
      ],
      tour: TOUR,
      routes: [
        ...areaRoutes('licenses', 'licence', licenses),
        ...keptRoutes({ area: 'licenses', noun: 'licence', rows: licenses, prefix: 'L-', change: LicenseChange }),
        ...keptArea('purchases', 'purchase', table('id', PURCHASES), 'B-'),
        ...keptArea('assets', 'asset', table('id', ASSETS), 'T-'),
        ...keptArea('inventory', 'inventory device', devices, 'D-'),
        ...areaRoutes('applications', 'application', applications),
        ...areaRoutes('enterprise-groups', 'enterprise group', table('id', LOCATIONS)),
        ...doneRoutes(
          [
            'POST /Suite/applications',
            'POST /Suite/enterprise-groups',
            'POST /Suite/system-settings',
            'POST /Suite/accounts',
          ],
          'change this area',
        ),
        getRoute('/Suite/system-settings', 'the system settings', () => ({
          timeoutMinutes: 720,
          samlOffsetMinutes: 5,
        })),
        getRoute('/Suite/accounts', 'accounts and roles', () => ({ items: [{ id: 'C-1', roles: ['Administrator'] }] })),
        listRoute('/Suite/reports', 'items', 'reconciliation', runs),
        actRoute('/Suite/reports', 'reconcile now', () => reconcile(licenses, runs)),
      ],
      buttons: [{ label: 'Reconcile now', path: '/Suite/reports' }],
    }
  },
}

/** `GET /Suite/area` with the items that the gateway leaves, `GET /Suite/area/:id` with one. */
function areaRoutes(area: string, noun: string, rows: Table): DemoRoute[] {
  const path = `/Suite/${area}`
  return [listRoute(path, 'items', noun, rows), ...readRoutes(path, noun, rows).slice(1)]
}

/** Items of an area are made, changed and deleted as well. */
function keptArea(area: string, noun: string, rows: Table, prefix: string): DemoRoute[] {
  return [...areaRoutes(area, noun, rows), ...keptRoutes({ area, noun, rows, prefix, change: ItemChange })]
}

function keptRoutes({
  area,
  noun,
  rows,
  prefix,
  change,
}: {
  area: string
  noun: string
  rows: Table
  prefix: string
  change: z.ZodType<Row>
}): DemoRoute[] {
  const path = `/Suite/${area}`
  return [
    addRoute({ path, noun, table: rows, prefix, input: NewItem, make: (body) => body }),
    changeRoute({ path, noun, table: rows, input: change }),
    changeRoute({ path, noun, table: rows, input: change, method: 'patch' }),
    removeRoute(path, noun, rows),
  ]
}

function reconcile(licenses: Table, runs: Table) {
  const isBreach = ({ consumed, purchased }: { consumed?: unknown; purchased?: unknown }) =>
    Number(consumed) > Number(purchased)
  for (const row of licenses.rows()) {
    licenses.change(String(row.id), { compliance: isBreach(row) ? 'breach' : 'compliant' })
  }
  const run = { run: runs.newId('R-'), result: 'finished', breaches: licenses.rows().filter(isBreach).length }
  runs.add(run)
  return run
}
