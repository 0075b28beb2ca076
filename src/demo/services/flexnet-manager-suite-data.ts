/** What the demo's FlexNet Manager Suite begins with. Where a licence belongs is said by the demo's directory. */

import { step } from './tour.ts'

export const LICENSES = [
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
export const APPLICATIONS = [
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
export const DEVICES = [
  { id: 'D-7001', name: 'demo-db-01', role: 'Server', processors: 4, cores: 64, lastInventory: '2026-11-01' },
  { id: 'D-7002', name: 'demo-db-02', role: 'Server', processors: 4, cores: 64, lastInventory: '2026-11-01' },
  { id: 'D-9120', name: 'demo-laptop-120', role: 'Workstation', processors: 1, cores: 8, lastInventory: '2026-10-28' },
]
export const PURCHASES = [
  { id: 'B-1', supplier: 'Example Reseller', license: 'L-101', quantity: 1200, day: '2026-02-01' },
  { id: 'B-2', supplier: 'Example Data', license: 'L-102', quantity: 320, day: '2025-11-15' },
]
export const ASSETS = [{ id: 'T-1', name: 'demo-rack-4', kind: 'Rack', location: 'emea' }]
export const LOCATIONS = [
  { id: 'emea', name: 'EMEA (demo)' },
  { id: 'apac', name: 'APAC (demo)' },
]

/** Ada is administrator; Otto reads what belongs to EMEA; Sam works on what belongs to APAC. */
export const TOUR = [
  step('a list holds what is in one’s scope', 'GET Suite/licenses', [200, 200, 200]),
  step('a licence of EMEA', 'GET Suite/licenses/L-101', [200, 200, 404]),
  step('a licence of APAC', 'GET Suite/licenses/L-102', [200, 404, 200]),
  step('what is not there looks the same', 'GET Suite/licenses/L-999', [404, 404, 404]),
  step('View Only changes nothing', 'PUT Suite/licenses/L-101', [200, 403, 404], { purchased: 1200 }),
  step('an operator changes what is in his scope', 'PUT Suite/licenses/L-102', [200, 404, 200], { purchased: 320 }),
  step('and makes licences there', 'POST Suite/licenses', [201, 403, 201], { name: 'Demo', location: 'apac' }),
  step('but not elsewhere', 'POST Suite/licenses', [201, 403, 404], { name: 'Demo', location: 'berlin' }),
  step('inventory is not for View Only', 'GET Suite/inventory', [200, 404, 200]),
  step('a device of APAC', 'GET Suite/inventory/D-7001', [200, 404, 200]),
  step('system settings are not for View Only', 'GET Suite/system-settings', [200, 404, 200]),
  step('nor are enterprise groups', 'GET Suite/enterprise-groups', [200, 404, 200]),
  step('accounts are for administrators', 'GET Suite/accounts', [200, 404, 404]),
  step('an operator reconciles', 'POST Suite/reports', [200, 403, 200]),
]
