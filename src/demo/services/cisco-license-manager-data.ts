/** What the demo's Cisco License Manager begins with. Who owns what is said by the demo's directory. */

export const DEVICES = [
  { id: 'dev-1', name: 'demo-core-1', model: 'DEMO-C9500', ipAddress: '192.0.2.11', group: 'core' },
  { id: 'dev-2', name: 'demo-core-2', model: 'DEMO-C9500', ipAddress: '192.0.2.12', group: 'core' },
  { id: 'dev-7', name: 'demo-branch-7', model: 'DEMO-ISR4331', ipAddress: '198.51.100.7', group: 'branches' },
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
