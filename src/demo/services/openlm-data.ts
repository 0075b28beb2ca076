/** What the demo's OpenLM begins with. */

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
