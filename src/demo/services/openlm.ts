/** An OpenLM server of the demo: panels with rows for each licence server, as JSON and as CSV, with invented data. */

import { z } from 'zod'
import { CONSUMED, DENIALS, OTHERS, PROJECTS, SERVERS, TOUR, USAGE } from './openlm-data.ts'
import {
  actRoute,
  addRoute,
  Csv,
  type DemoRoute,
  doneRoutes,
  getRoute,
  listRoute,
  readRoutes,
  removeRoute,
} from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Row, type Table, table } from './table.ts'

const NewProject = z.strictObject({ name: z.string().min(1).max(100), priority: z.number().int().min(1).max(10) })
/** Query parameters that filter a panel, and the column that each looks at. */
const FILTERS: Readonly<Record<string, string>> = {
  user: 'user_name',
  filterUser: 'user_name',
  workstation: 'workstation',
  filterWorkstation: 'workstation',
}

export const openlm: DemoSystem = {
  id: 'openlm',
  prefix: '/openlm/',
  title: 'OpenLM',
  about: 'Watches licence servers of several makers: who uses what, who was denied, which licences lie idle.',
  open() {
    const servers = table('server', SERVERS)
    const consumed = table('id', CONSUMED)
    const denials = table('id', DENIALS)
    const projects = table('id', PROJECTS)
    const enable = (id: string, enabled: boolean) => () => projects.change(id, { enabled })
    return {
      sections: [
        { title: 'Licence servers', table: servers },
        { title: 'Currently consumed licences', table: consumed },
        { title: 'Denials', table: denials },
        { title: 'Projects', table: projects },
      ],
      tour: TOUR,
      routes: [
        getRoute('/api', 'the front door', () => ({ title: 'Demo OpenLM' })),
        getRoute('/api/dashboard', 'the dashboard', () => ({
          title: 'Demo dashboard',
          projects: projects.rows().length,
        })),
        listRoute('/api/servers', 'rows', 'licence server', servers),
        ...readRoutes('/api/servers', 'licence server', servers).slice(1),
        ...panelRoutes('/api/currently-consumed-licenses', 'currently consumed licences', consumed),
        ...panelRoutes('/api/denials', 'denials', denials),
        ...panelRoutes('/api/license-activity', 'licence activity', table('id', CONSUMED)),
        ...panelRoutes('/api/license-usage', 'licence usage', table('id', USAGE)),
        {
          method: 'post',
          path: '/api/currently-consumed-licenses/:id/remove',
          summary: 'take a licence back: server',
          handle: ({ params }) => ({ status: 200, body: { removed: consumed.remove(params.id ?? '') } }),
        },
        addRoute({
          path: '/api/projects',
          noun: 'project',
          table: projects,
          prefix: 'P-',
          input: NewProject,
          make: (body) => ({ ...body, members: 0, enabled: true }),
        }),
        removeRoute('/api/projects', 'project', projects),
        {
          method: 'get',
          path: '/api/panels/:panel',
          summary: 'a panel of the menu',
          handle: ({ params }) => ({ status: 200, body: { panel: params.panel } }),
        },
        actRoute('/api/projects/P-2/disable', 'disable the project P-2', enable('P-2', false)),
        actRoute('/api/projects/P-2/enable', 'enable it again', enable('P-2', true)),
        ...doneRoutes(OTHERS, 'answers that it is done'),
      ],
      buttons: [
        { label: 'Disable project P-2', path: '/api/projects/P-2/disable' },
        { label: 'Enable it again', path: '/api/projects/P-2/enable' },
      ],
    }
  },
}

/** The rows of a panel; `?format=csv` exports them, `?user=` and `?workstation=` filter them. */
function panelRoutes(path: string, noun: string, panel: Table): DemoRoute[] {
  return [
    {
      method: 'get',
      path,
      summary: `${noun}; ?format=csv exports, ?user= and ?workstation= filter`,
      handle({ query }) {
        const rows = panel.rows().filter((row) => passes(row, query))
        return { status: 200, body: query.format === 'csv' ? csv(rows) : { rows, total: rows.length } }
      },
    },
  ]
}

function passes(row: Row, query: Readonly<Record<string, string>>): boolean {
  return Object.entries(FILTERS).every(([name, column]) => query[name] === undefined || row[column] === query[name])
}

function csv(rows: readonly Row[]): Csv {
  const columns = Object.keys(rows[0] ?? {})
  const lines = rows.map((row) => columns.map((column) => quoted(String(row[column] ?? ''))).join(','))
  return new Csv([columns.join(','), ...lines].map((line) => `${line}\r\n`).join(''))
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
