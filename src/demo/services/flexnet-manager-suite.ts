/** A FlexNet Manager Suite of the demo: its areas with invented data. */

import { z } from 'zod'
import { APPLICATIONS, ASSETS, DEVICES, LICENSES, LOCATIONS, PURCHASES } from './flexnet-manager-suite-data.ts'
import { actRoute, changeRoute, type DemoRoute, getRoute, listRoute, readRoutes } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Table, table } from './table.ts'

const LicenseChange = z.strictObject({ purchased: z.number().int().min(0).max(1_000_000) })

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
      routes: [
        ...areaRoutes('licenses', 'licence', licenses),
        changeRoute({ path: '/Suite/licenses', noun: 'licence', table: licenses, input: LicenseChange }),
        ...areaRoutes('purchases', 'purchase', table('id', PURCHASES)),
        ...areaRoutes('assets', 'asset', table('id', ASSETS)),
        ...areaRoutes('inventory', 'inventory device', devices),
        ...areaRoutes('applications', 'application', applications),
        ...areaRoutes('enterprise-groups', 'enterprise group', table('id', LOCATIONS)),
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
