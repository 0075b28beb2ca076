/** What the demo's FlexNet licence server begins with. */

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
