/** A FlexNet Manager Suite of the demo: applications, licences and reconciliation with invented data. */

import { z } from 'zod'
import { actRoute, changeRoute, getRoute, readRoutes } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { table } from './table.ts'

const LICENSES = [
  {
    id: 'L-101',
    name: 'Demo Office Standard',
    type: 'Device',
    purchased: 1200,
    consumed: 1134,
    compliance: 'compliant',
    owner: 'Workplace',
  },
  {
    id: 'L-102',
    name: 'Demo Database Enterprise',
    type: 'Processor points',
    purchased: 320,
    consumed: 352,
    compliance: 'breach',
    owner: 'Data centre',
  },
  {
    id: 'L-103',
    name: 'Demo Diagram Professional',
    type: 'Named user',
    purchased: 150,
    consumed: 61,
    compliance: 'compliant',
    owner: 'Workplace',
  },
]
const APPLICATIONS = [
  {
    id: 'A-1',
    name: 'Demo Office',
    publisher: 'Example Software',
    version: '2026',
    installations: 1134,
    status: 'managed',
  },
  { id: 'A-2', name: 'Demo Database', publisher: 'Example Data', version: '23', installations: 22, status: 'managed' },
  { id: 'A-3', name: 'Demo Chat', publisher: 'Unknown', version: '4.1', installations: 310, status: 'unmanaged' },
]
const DEVICES = [
  { id: 'D-7001', name: 'demo-db-01', role: 'Server', processors: 4, cores: 64, lastInventory: '2026-11-01' },
  { id: 'D-7002', name: 'demo-db-02', role: 'Server', processors: 4, cores: 64, lastInventory: '2026-11-01' },
  { id: 'D-9120', name: 'demo-laptop-120', role: 'Workstation', processors: 1, cores: 8, lastInventory: '2026-10-28' },
]
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
    const breaches = () => licenses.rows().filter((row) => Number(row.consumed) > Number(row.purchased)).length
    return {
      sections: [
        { title: 'Licences', table: licenses },
        { title: 'Applications', table: applications },
        { title: 'Inventory devices', table: devices },
        { title: 'Reconciliations', table: runs },
      ],
      routes: [
        ...readRoutes('/api/licenses', 'licence', licenses),
        changeRoute({ path: '/api/licenses', noun: 'licence', table: licenses, input: LicenseChange }),
        ...readRoutes('/api/applications', 'application', applications),
        ...readRoutes('/api/inventory/devices', 'inventory device', devices),
        getRoute('/api/compliance', 'compliance in one line', () => ({
          licenses: licenses.rows().length,
          breaches: breaches(),
        })),
        getRoute('/api/reconciliations', 'all reconciliations', () => runs.rows()),
        actRoute('/api/reconciliations', 'reconcile now', () => {
          for (const { id, consumed, purchased } of licenses.rows()) {
            const compliance = Number(consumed) > Number(purchased) ? 'breach' : 'compliant'
            licenses.change(String(id), { compliance })
          }
          const run = { run: runs.newId('R-'), result: 'finished', breaches: breaches() }
          runs.add(run)
          return run
        }),
      ],
      buttons: [{ label: 'Reconcile now', path: '/api/reconciliations' }],
    }
  },
}
