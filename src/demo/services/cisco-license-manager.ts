/** A Cisco License Manager of the demo: devices, PAKs and licences with invented data. */

import { z } from 'zod'
import { actRoute, addRoute, changeRoute, readRoutes, removeRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { table } from './table.ts'

const DEVICES = [
  { id: 'dev-1', name: 'demo-core-1', model: 'DEMO-C9500', ipAddress: '192.0.2.11', group: 'core', polled: false },
  { id: 'dev-2', name: 'demo-core-2', model: 'DEMO-C9500', ipAddress: '192.0.2.12', group: 'core', polled: false },
  {
    id: 'dev-7',
    name: 'demo-branch-7',
    model: 'DEMO-ISR4331',
    ipAddress: '198.51.100.7',
    group: 'branches',
    polled: false,
  },
]
const PAKS = [
  {
    id: 'pak-1',
    pakId: 'DEMOPAK4F2K7A11',
    sku: 'DEMO-SEC-K9',
    quantity: 20,
    used: 14,
    owner: 'petra',
    folder: 'Branches',
  },
  { id: 'pak-2', pakId: 'DEMOPAK9Q1M3B22', sku: 'DEMO-ADV-IP', quantity: 4, used: 2, owner: 'petra', folder: 'Core' },
]
const LICENSES = [
  { id: 'lic-1', device: 'dev-1', feature: 'ADVIPSERVICES', type: 'permanent', state: 'in use' },
  { id: 'lic-2', device: 'dev-2', feature: 'ADVIPSERVICES', type: 'permanent', state: 'in use' },
  { id: 'lic-3', device: 'dev-7', feature: 'SECURITYK9', type: 'evaluation, 12 days left', state: 'in use' },
]
const NewPak = z.strictObject({
  pakId: z.string().min(4).max(64),
  sku: z.string().min(1).max(64),
  quantity: z.number().int().min(1).max(1000),
})
const DeviceChange = z.strictObject({ group: z.string().min(1).max(64) })

export const ciscoLicenseManager: DemoSystem = {
  id: 'cisco',
  prefix: '/cisco/',
  title: 'Cisco License Manager',
  about: 'Turns product authorization keys (PAKs) into licences and deploys them to network devices.',
  open() {
    const devices = table('id', DEVICES)
    const paks = table('id', PAKS)
    const licenses = table('id', LICENSES)
    return {
      sections: [
        { title: 'Devices', table: devices },
        { title: 'PAKs', table: paks },
        { title: 'Licences', table: licenses },
      ],
      routes: [
        ...readRoutes('/api/devices', 'device', devices),
        changeRoute({ path: '/api/devices', noun: 'device', table: devices, input: DeviceChange }),
        ...readRoutes('/api/paks', 'PAK', paks),
        addRoute({
          path: '/api/paks',
          noun: 'PAK',
          table: paks,
          prefix: 'pak-',
          input: NewPak,
          make: (body) => ({ ...body, used: 0, owner: 'demo', folder: 'New' }),
        }),
        removeRoute('/api/paks', 'PAK', paks),
        ...readRoutes('/api/licenses', 'licence', licenses),
        actRoute('/api/devices/poll', 'poll licence information of all devices', () => {
          for (const row of devices.rows()) devices.change(String(row.id), { polled: true })
          return { requestId: 'demo-poll', devices: devices.rows().length }
        }),
      ],
      buttons: [{ label: 'Poll all devices', path: '/api/devices/poll' }],
    }
  },
}
