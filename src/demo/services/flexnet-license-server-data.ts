/** What the demo's FlexNet licence server begins with. */

import { step } from './tour.ts'

const EXPIRY = '2027-03-31'

export const FEATURES = [
  { featureName: 'DEMO-CAD-PRO', featureVersion: '2026.1', featureCount: 40, used: 31, expiry: EXPIRY, vendor: 'demo' },
  {
    featureName: 'DEMO-CAD-VIEWER',
    featureVersion: '2026.1',
    featureCount: 200,
    used: 88,
    expiry: EXPIRY,
    vendor: 'demo',
  },
  {
    featureName: 'DEMO-MESH',
    featureVersion: '11.4',
    featureCount: 12,
    used: 14,
    expiry: '2026-12-31',
    vendor: 'demo',
  },
  { featureName: 'DEMO-SOLVER', featureVersion: '11.4', featureCount: 8, used: 3, expiry: 'permanent', vendor: 'demo' },
]

export const CLIENTS = [
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

export const GROUPS = [
  { id: 'G-1', name: 'Engineering Basel (demo)' },
  { id: 'G-2', name: 'Night batch (demo)' },
]

export const RESERVATIONS = [
  { id: 'R-1', group: 'G-1', hostid: 'DEMO0A11C0FFEE01' },
  { id: 'R-2', group: 'G-2', hostid: 'render-node-7.demo' },
]

export const ENTRIES = [
  { id: 'E-1', reservation: 'R-1', feature: 'DEMO-CAD-PRO', version: '2026.1', count: 10 },
  { id: 'E-2', reservation: 'R-2', feature: 'DEMO-SOLVER', version: '11.4', count: 2 },
]

export const CONFIGURATION = [
  { name: 'licensing.defaultBorrowInterval', value: '1d', editable: true },
  { name: 'server.log.level', value: 'info', editable: true },
  { name: 'security.anonymous', value: 'false', editable: true },
  { name: 'lfs.syncTo.enabled', value: 'false', editable: false },
]

export const USERS = [
  { name: 'admin', roles: ['ROLE_ADMIN', 'ROLE_RESERVATIONS', 'ROLE_DROPCLIENT', 'ROLE_READ'] },
  { name: 'producer', roles: ['ROLE_PRODUCER'] },
  { name: 'build-bot', roles: ['ROLE_READ'] },
]

const BASE = 'api/1.0/instances/~'

/** Ada is the default administrator; Otto has ROLE_READ and ROLE_RESERVATIONS, Sam ROLE_READ and ROLE_DROPCLIENT. */
export const TOUR = [
  step('health needs nobody', 'GET api/1.0/health', [200, 200, 200]),
  step('ROLE_READ reads', `GET ${BASE}/features`, [200, 200, 200]),
  step('and sees who uses what', `GET ${BASE}/clients`, [200, 200, 200]),
  step('reservations of one’s own department', `POST ${BASE}/reservationgroups/G-1/reservations`, [201, 201, 403], {
    hostid: 'DEMO0A11C0FFEE02',
  }),
  step('not of another', `POST ${BASE}/reservationgroups/G-2/reservations`, [201, 403, 403], {
    hostid: 'DEMO0A11C0FFEE02',
  }),
  step('ROLE_DROPCLIENT drops client records', `DELETE ${BASE}/clients`, [200, 403, 200]),
  step('settings are the administrator’s', `POST ${BASE}/configuration`, [200, 403, 403], {
    name: 'server.log.level',
    value: 'info',
  }),
  step('but for those of the producer', `POST ${BASE}/configuration`, [403, 403, 403], {
    name: 'lfs.syncTo.enabled',
    value: 'true',
  }),
  step('stop serving', `POST ${BASE}/suspend`, [200, 403, 403]),
  step('and serve again', `POST ${BASE}/resume`, [200, 403, 403]),
  step('accounts', `GET ${BASE}/users`, [200, 403, 403]),
  step('nobody hands out ROLE_PRODUCER', `POST ${BASE}/users`, [403, 403, 403], {
    name: 'x',
    password: 'long-Enough1',
    roles: 'ROLE_PRODUCER',
  }),
  step('nor touches the producer’s account', `DELETE ${BASE}/users/producer`, [403, 403, 403]),
  step('a key that is revoked is gone', `DELETE ${BASE}/rest_licensing_keys`, [410, 403, 403]),
  step('what is not listed is closed', `GET ${BASE}/backup`, [404, 404, 404]),
]
