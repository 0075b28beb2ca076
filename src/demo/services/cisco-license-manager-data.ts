/** What the demo's Cisco License Manager begins with. Who owns what is said by the demo's directory. */

import { step } from './tour.ts'

export const DEVICES = [
  { id: 'dev-1', name: 'demo-core-1', model: 'DEMO-C9500', ipAddress: '192.0.2.11', group: 'core' },
  { id: 'dev-2', name: 'demo-core-2', model: 'DEMO-C9500', ipAddress: '192.0.2.12', group: 'core' },
  { id: 'dev-7', name: 'demo-branch-7', model: 'DEMO-ISR4331', ipAddress: '198.51.100.7', group: 'branches' },
  { id: 'dev-8', name: 'demo-branch-8', model: 'DEMO-ISR4331', ipAddress: '198.51.100.8', group: 'branches' },
  { id: 'dev-9', name: 'demo-branch-9', model: 'DEMO-ISR4331', ipAddress: '198.51.100.9', group: 'branches' },
]

export const PAKS = [
  { id: 'pak-1', pakId: 'DEMOPAK4F2K7A11', sku: 'DEMO-SEC-K9', quantity: 20, used: 14, folder: 'Branches' },
  { id: 'pak-2', pakId: 'DEMOPAK9Q1M3B22', sku: 'DEMO-ADV-IP', quantity: 4, used: 2, folder: 'Core' },
  { id: 'pak-3', pakId: 'DEMOPAK1Z8T5C33', sku: 'DEMO-VOICE', quantity: 50, used: 0, folder: 'Core' },
]

export const LICENSES = [
  { id: 'lic-1', device: 'dev-1', feature: 'ADVIPSERVICES', type: 'permanent', state: 'in use' },
  { id: 'lic-2', device: 'dev-2', feature: 'ADVIPSERVICES', type: 'permanent', state: 'in use' },
  { id: 'lic-3', device: 'dev-7', feature: 'SECURITYK9', type: 'evaluation, 12 days left', state: 'in use' },
]

export const REPORTS = [{ line: 'line-1', pakId: 'DEMOPAK4F2K7A11', quantity: 20, used: 14 }]

export const USERS = [
  { user: 'admin', role: 'administrator' },
  { user: 'petra', role: 'pak-management' },
]

/** Operations of which the demo keeps nothing. */
export const OTHERS = [
  'POST /api/createDevicesByIPAddr',
  'POST /api/reCreateDevicesByIPAddr',
  'POST /api/createDevicesByUDI',
  'POST /api/writeDevices',
  'POST /api/createDeviceGroup',
  'POST /api/renameDeviceGroup',
  'POST /api/deleteDeviceGroup',
  'POST /api/removeDeviceFromGroup',
  'POST /api/writePAKs',
  'POST /api/writeLicenses',
  'POST /api/rehostLicenses',
  'POST /api/resendLicense',
  'POST /api/reObtainLicense',
  'POST /api/initRehostLicenses',
  'POST /api/revokeLicenseFroRehost',
  'POST /api/obtainLicenseForRehost',
  'POST /api/writeLicenseLines',
  'POST /api/createFolder',
  'POST /api/renameFolder',
  'POST /api/deleteFolder',
  'POST /api/addPAKsToFolder',
  'POST /api/removePAKsFromFolder',
  'POST /api/writeUserInfo',
  'GET /api/checkDeviceConnection',
  'GET /api/getRehostInfo',
  'GET /api/getLicenseLinesOnDevice',
  'GET /api/getUserAccessListFromDevice',
  'GET /api/getUserAccessListFromGroup',
  'GET /api/getUserAccessListFromPAK',
  'GET /api/getDiscoveryAuthInfo',
  'GET /api/readUserInfo',
]

const SAM = 'sam.shortsession@demo.example'

/** Ada is administrator; Otto manages licences; Sam manages the inventory, PAKs and licences. */
export const TOUR = [
  step('lists hold the devices that one may operate', 'GET api/readDevices', [200, 200, 200]),
  step('a device whose group lists Otto', 'GET api/readDevices?device=dev-1', [200, 200, 404]),
  step('a device whose list names nobody', 'GET api/readDevices?device=dev-7', [200, 404, 404]),
  step('a device on no list is read', 'GET api/checkDeviceConnection?device=dev-9', [200, 200, 200]),
  step('and changed by Inventory Management', 'POST api/writeDevices', [200, 403, 200], { device: 'dev-9' }),
  step('a licence goes to a device that one may operate', 'POST api/asyncDeployLicenses', [200, 200, 404], {
    devices: ['dev-1'],
  }),
  step(
    'of several devices those that one may not operate are left out',
    'POST api/asyncDeployLicenses',
    [200, 207, 207],
    {
      devices: ['dev-2', 'dev-9', 'dev-7'],
    },
  ),
  step('PAK ids are masked for License Management', 'GET api/readPAKs', [200, 200, 200]),
  step('a PAK of Otto’s own', 'GET api/readPAKs?pak=pak-1', [200, 200, 404]),
  step('a PAK that lists both', 'GET api/readPAKs?pak=pak-2', [200, 200, 200]),
  step('a PAK of nobody’s', 'GET api/readPAKs?pak=pak-3', [200, 404, 404]),
  step('the list of a PAK: role and owner, both', 'POST api/addUserToPAKAccessList', [200, 403, 403], {
    pak: 'pak-2',
    user: SAM,
  }),
  step('lists of devices are the administrator’s', 'POST api/removeAccessListFromDevice', [200, 403, 403], {
    device: 'dev-9',
  }),
  step('nobody moves a device to where he gets in himself', 'POST api/addDevicesToGroup', [200, 403, 404], {
    devices: ['dev-1'],
    group: 'core',
  }),
  step('reports are masked too', 'GET api/readReport', [200, 200, 200]),
  step('folders of PAKs', 'POST api/createFolder', [200, 200, 200], { folder: 'New' }),
  step('users are the administrator’s', 'GET api/listAllUsers', [200, 403, 403]),
  step('but for one’s own record', `GET api/readUserInfo?user=${SAM}`, [200, 404, 200]),
  step('both spellings are one operation', 'POST api/asyncDiscoverDevices', [200, 403, 403]),
  step('what the table does not name is closed', 'GET api/telepathy', [404, 404, 404]),
]
