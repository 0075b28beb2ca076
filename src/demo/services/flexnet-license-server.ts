/** A FlexNet licence server of the demo: its administrative endpoints with invented data. */

import { z } from 'zod'
import { actRoute, addRoute, getRoute, readRoutes, removeRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { table } from './table.ts'

const BASE = '/api/1.0/instances/~'

const FEATURES = [
  {
    featureName: 'DEMO-CAD-PRO',
    featureVersion: '2026.1',
    featureCount: 40,
    used: 31,
    expiry: '2027-03-31',
    vendor: 'demo',
  },
  {
    featureName: 'DEMO-CAD-VIEWER',
    featureVersion: '2026.1',
    featureCount: 200,
    used: 88,
    expiry: '2027-03-31',
    vendor: 'demo',
  },
  {
    featureName: 'DEMO-MESH',
    featureVersion: '11.4',
    featureCount: 12,
    used: 12,
    expiry: '2026-12-31',
    vendor: 'demo',
  },
  { featureName: 'DEMO-SOLVER', featureVersion: '11.4', featureCount: 8, used: 3, expiry: 'permanent', vendor: 'demo' },
]
const CLIENTS = [
  {
    hostid: 'DEMO0A11C0FFEE01',
    hostType: 'ETHERNET',
    user: 'lena@demo.example',
    features: ['DEMO-CAD-PRO', 'DEMO-MESH'],
    expires: '2026-12-01T18:00:00Z',
  },
  {
    hostid: 'DEMO0A11C0FFEE02',
    hostType: 'ETHERNET',
    user: 'milo@demo.example',
    features: ['DEMO-CAD-VIEWER'],
    expires: '2026-12-01T17:30:00Z',
  },
  {
    hostid: 'render-node-7.demo',
    hostType: 'STRING',
    user: 'batch',
    features: ['DEMO-SOLVER'],
    expires: '2026-12-02T06:00:00Z',
  },
]
const GROUPS = [
  { id: 'G-1', name: 'Engineering Basel (demo)', feature: 'DEMO-CAD-PRO', count: 10, hostid: 'DEMO0A11C0FFEE01' },
  { id: 'G-2', name: 'Night batch (demo)', feature: 'DEMO-SOLVER', count: 2, hostid: 'render-node-7.demo' },
]
const NewGroup = z.strictObject({
  name: z.string().min(1).max(100),
  feature: z.string().min(1).max(100),
  count: z.number().int().min(1).max(1000),
  hostid: z.string().min(1).max(100),
})

export const flexnetLicenseServer: DemoSystem = {
  id: 'flexnet',
  prefix: '/flexnet/',
  title: 'FlexNet licence server',
  about:
    'Serves floating licences to clients; administrators read features, keep reservations and drop client records.',
  open() {
    const features = table('featureName', FEATURES)
    const clients = table('hostid', CLIENTS)
    const groups = table('id', GROUPS)
    const server = table('setting', [{ setting: 'state', value: 'serving' }])
    const serve = (value: string) => () => server.change('state', { value })
    return {
      sections: [
        { title: 'Server', table: server },
        { title: 'Features', table: features },
        { title: 'Clients', table: clients },
        { title: 'Reservation groups', table: groups },
      ],
      routes: [
        getRoute(`${BASE}/health`, 'instance health', () => ({
          LLS: {
            version: '2026.01.0 (demo)',
            serverInstanceID: 'DEMO-INSTANCE',
            database: { connectionCheck: 'success' },
          },
          security: 'enabled',
          httpAuth: 'disabled',
          state: server.find('state')?.value,
        })),
        getRoute('/api/1.0/version', 'server version', () => ({ version: '2026.01.0', buildNumber: 'demo' })),
        getRoute(`${BASE}/hostids`, 'host ids', () => [{ type: 'ETHERNET', value: 'DEMO00000001' }]),
        ...readRoutes(`${BASE}/features`, 'feature', features),
        ...readRoutes(`${BASE}/clients`, 'client', clients),
        removeRoute(`${BASE}/clients`, 'client', clients),
        ...readRoutes(`${BASE}/reservationgroups`, 'reservation group', groups),
        addRoute({
          path: `${BASE}/reservationgroups`,
          noun: 'reservation group',
          table: groups,
          prefix: 'G-',
          input: NewGroup,
          make: (body) => body,
        }),
        removeRoute(`${BASE}/reservationgroups`, 'reservation group', groups),
        actRoute(`${BASE}/suspend`, 'stop serving licences', serve('suspended')),
        actRoute(`${BASE}/resume`, 'serve licences again', serve('serving')),
      ],
      buttons: [
        { label: 'Suspend the server', path: `${BASE}/suspend` },
        { label: 'Resume', path: `${BASE}/resume` },
      ],
    }
  },
}
