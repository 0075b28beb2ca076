/** What the demo's OpenLM begins with. */

import { step } from './tour.ts'

export const SERVERS = [
  { server: 'demo-basel', manager: 'FlexLM', port: 27000, status: 'up', features: 46 },
  { server: 'demo-lyon', manager: 'RLM', port: 5053, status: 'up', features: 9 },
  { server: 'demo-archive', manager: 'FlexLM', port: 27001, status: 'down', features: 0 },
]

export const CONSUMED = [
  {
    id: 'U-501',
    server: 'demo-basel',
    feature: 'DEMO-CAD-PRO',
    user_name: 'lena',
    first_name: 'Lena',
    last_name: 'Muster',
    email: 'lena@demo.example',
    workstation: 'demo-ws-014',
    start_time: '08:12',
    idle_times: 4,
  },
  {
    id: 'U-502',
    server: 'demo-lyon',
    feature: 'DEMO-MESH',
    user_name: 'milo',
    first_name: 'Milo',
    last_name: 'Beispiel',
    email: 'milo@demo.example',
    workstation: 'demo-ws-021',
    start_time: '09:40',
    idle_times: 95,
  },
  {
    id: 'U-503',
    server: 'demo-archive',
    feature: 'DEMO-RENDER',
    user_name: 'aya',
    first_name: 'Aya',
    last_name: 'Sample',
    email: 'aya@demo.example',
    workstation: 'demo-ws-007',
    start_time: '07:55',
    idle_times: 131,
  },
]

export const DENIALS = [
  {
    id: 'N-1',
    server: 'demo-basel',
    feature: 'DEMO-MESH',
    user_name: 'tom',
    workstation: 'demo-ws-003',
    reason: 'all licences in use',
    attempts: 6,
  },
  {
    id: 'N-2',
    server: 'demo-lyon',
    feature: 'DEMO-CAD-PRO',
    user_name: 'aya',
    workstation: 'demo-ws-007',
    reason: 'version too high',
    attempts: 1,
  },
]

export const USAGE = [
  { id: 'S-1', server: 'demo-basel', feature: 'DEMO-CAD-PRO', owned: 40, used: 31 },
  { id: 'S-2', server: 'demo-lyon', feature: 'DEMO-MESH', owned: 12, used: 12 },
  { id: 'S-3', server: 'demo-archive', feature: 'DEMO-RENDER', owned: 4, used: 1 },
]

export const PROJECTS = [
  { id: 'P-1', name: 'Bridge 12 (demo)', members: 6, priority: 1, enabled: true },
  { id: 'P-2', name: 'Tunnel north (demo)', members: 3, priority: 2, enabled: true },
]

/** Requests of the administration of which the demo keeps nothing. */
export const OTHERS = [
  'GET /api/group-members',
  'GET /api/system-messages',
  'GET /api/unmanaged-processes',
  'POST /api/groups',
  'POST /api/groups/:id/members',
  'POST /api/roles/:id/parents',
  'POST /api/projects/:id/groups',
  'POST /api/projects/:id/members',
  'POST /api/projects/:id/member-groups',
  'POST /api/roles',
  'POST /api/roles/:id/groups',
  'POST /api/roles/:id/resources',
  'POST /api/roles/:id/users',
  'POST /api/users',
  'GET /api/configuration',
  'PUT /api/configuration',
  'DELETE /api/groups/:id',
  'DELETE /api/history',
  'DELETE /api/roles/:id/parents',
  'DELETE /api/roles/:id',
  'DELETE /api/roles/:id/resources',
  'POST /api/projects/:id/disable',
  'POST /api/projects/:id/enable',
  'POST /api/roles/:id/duplicate',
  'PUT /api/groups/:id',
  'PUT /api/projects/:id',
  'PUT /api/roles/:id',
  'PUT /api/unmanaged-processes',
  'PUT /api/users/:id',
  'POST /api/groups/:id/enabled',
  'POST /api/users/:id/enabled',
  'DELETE /api/groups/:id/members',
  'DELETE /api/projects/:id/groups',
  'DELETE /api/projects/:id/members',
  'DELETE /api/projects/:id/member-groups',
  'DELETE /api/roles/:id/groups',
  'DELETE /api/roles/:id/users',
  'DELETE /api/workstations/:id',
  'POST /api/users/:id/password',
  'POST /api/currently-consumed-licenses/:id/close',
]

/** Ada is super-user; Otto has a role of the directory below `user_role`, without the server demo-archive; Sam has `user_role`; a guest `guest_role`. */
export const TOUR = [
  step('the dashboard', 'GET api/dashboard', [200, 200, 200, 200]),
  step('columns that one may not see are left out', 'GET api/currently-consumed-licenses', [200, 200, 200, 404]),
  step('of exports too', 'GET api/currently-consumed-licenses?format=csv', [200, 200, 200, 404]),
  step('a filter needs a right of its own', 'GET api/denials?user=tom', [200, 404, 404, 404]),
  step('rows of a denied server are left out', 'GET api/license-usage', [200, 200, 200, 404]),
  step('so is the server', 'GET api/servers', [200, 200, 200, 200]),
  step('asked for, it is not there', 'GET api/license-usage?server=demo-archive', [200, 404, 200, 404]),
  step('a menu that one may not see', 'GET api/panels/management', [200, 404, 404, 404]),
  step('an action', 'POST api/projects/P-2/disable', [200, 403, 403, 403]),
  step('and its undoing', 'POST api/projects/P-2/enable', [200, 403, 403, 403]),
  step('a column that is an action', 'POST api/currently-consumed-licenses/U-501/close', [200, 403, 403, 404], {
    server: 'demo-basel',
  }),
]
