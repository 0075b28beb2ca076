/** An OpenLM server of the demo: licence servers, usage, denials and projects with invented data. */

import { z } from 'zod'
import { actRoute, addRoute, readRoutes, removeRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { table } from './table.ts'

const SERVERS = [
  { name: 'server_demo-basel', manager: 'FlexLM', port: 27000, status: 'up', features: 46 },
  { name: 'server_demo-lyon', manager: 'RLM', port: 5053, status: 'up', features: 9 },
  { name: 'server_demo-archive', manager: 'FlexLM', port: 27001, status: 'down', features: 0 },
]
const CONSUMED = [
  {
    id: 'U-501',
    user: 'lena',
    workstation: 'demo-ws-014',
    server: 'server_demo-basel',
    feature: 'DEMO-CAD-PRO',
    since: '08:12',
    idleMinutes: 4,
  },
  {
    id: 'U-502',
    user: 'milo',
    workstation: 'demo-ws-021',
    server: 'server_demo-basel',
    feature: 'DEMO-MESH',
    since: '09:40',
    idleMinutes: 95,
  },
  {
    id: 'U-503',
    user: 'aya',
    workstation: 'demo-ws-007',
    server: 'server_demo-lyon',
    feature: 'DEMO-RENDER',
    since: '07:55',
    idleMinutes: 131,
  },
]
const DENIALS = [
  { id: 'N-1', user: 'tom', feature: 'DEMO-MESH', reason: 'all licences in use', day: '2026-11-02', attempts: 6 },
  { id: 'N-2', user: 'aya', feature: 'DEMO-CAD-PRO', reason: 'version too high', day: '2026-11-03', attempts: 1 },
]
const PROJECTS = [
  { id: 'P-1', name: 'Bridge 12 (demo)', members: 6, priority: 1, enabled: true },
  { id: 'P-2', name: 'Tunnel north (demo)', members: 3, priority: 2, enabled: true },
]
const NewProject = z.strictObject({ name: z.string().min(1).max(100), priority: z.number().int().min(1).max(10) })
const IDLE_MINUTES = 90

export const openlm: DemoSystem = {
  id: 'openlm',
  prefix: '/openlm/',
  title: 'OpenLM',
  about: 'Watches licence servers of several makers: who uses what, who was denied, which licences lie idle.',
  open() {
    const servers = table('name', SERVERS)
    const consumed = table('id', CONSUMED)
    const denials = table('id', DENIALS)
    const projects = table('id', PROJECTS)
    return {
      sections: [
        { title: 'Licence servers', table: servers },
        { title: 'Currently consumed licences', table: consumed },
        { title: 'Denials', table: denials },
        { title: 'Projects', table: projects },
      ],
      routes: [
        ...readRoutes('/api/license-servers', 'licence server', servers),
        ...readRoutes('/api/consumed-licenses', 'consumed licence', consumed),
        removeRoute('/api/consumed-licenses', 'consumed licence', consumed),
        ...readRoutes('/api/denials', 'denial', denials),
        ...readRoutes('/api/projects', 'project', projects),
        addRoute({
          path: '/api/projects',
          noun: 'project',
          table: projects,
          prefix: 'P-',
          input: NewProject,
          make: (body) => ({ ...body, members: 0, enabled: true }),
        }),
        removeRoute('/api/projects', 'project', projects),
        actRoute('/api/consumed-licenses/release-idle', `take back licences idle for ${IDLE_MINUTES} minutes`, () => {
          const idle = consumed.rows().filter((row) => Number(row.idleMinutes) >= IDLE_MINUTES)
          for (const row of idle) consumed.remove(String(row.id))
          return { released: idle.length }
        }),
      ],
      buttons: [{ label: 'Take back idle licences', path: '/api/consumed-licenses/release-idle' }],
    }
  },
}
