/** A FlexNet licence server of the demo: the endpoints of its administration with invented data. */

import { z } from 'zod'
import {
  CLIENTS,
  CONFIGURATION,
  ENTRIES,
  FEATURES,
  GROUPS,
  RESERVATIONS,
  TOUR,
  USERS,
} from './flexnet-license-server-data.ts'
import {
  actRoute,
  addRoute,
  changeRoute,
  checked,
  type DemoRoute,
  doneRoutes,
  getRoute,
  postRoute,
  removeRoute,
} from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Row, type Table, table } from './table.ts'

const BASE = '/api/1.0/instances/~'
const name = z.string().min(1).max(100)
const count = z.number().int().min(1).max(1000)
const NewGroup = z.strictObject({ name })
const NewReservation = z.strictObject({ hostid: name })
const NewEntry = z.strictObject({ feature: name, version: name, count })
const Roles = z.union([z.string().max(200), z.array(z.string().max(40)).max(10)])
const NewUser = z.strictObject({ name, password: z.string().min(8).max(30), roles: Roles.optional() })
const UserChange = z.strictObject({ password: z.string().min(8).max(30).optional(), roles: Roles })
const Setting = z.strictObject({ name, value: z.string().max(200) })

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
    const configuration = table('name', CONFIGURATION)
    const server = table('setting', [{ setting: 'state', value: 'serving' }])
    const serve = (value: string) => () => server.change('state', { value })
    return {
      sections: [
        { title: 'Server', table: server },
        { title: 'Features', table: features },
        { title: 'Clients', table: clients },
        { title: 'Reservation groups', table: groups },
      ],
      tour: TOUR,
      routes: [
        ...stateRoutes(server),
        getRoute(`${BASE}/features`, 'all features', () => features.rows()),
        getRoute(`${BASE}/overages`, 'what is used beyond what is owned', () => overages(features)),
        getRoute(`${BASE}/clients`, 'all clients', () => clients.rows()),
        removeRoute(`${BASE}/clients`, 'client', clients),
        getRoute(`${BASE}/configuration`, 'the policy settings', () => configuration.rows()),
        postRoute({
          path: `${BASE}/configuration`,
          summary: 'change a policy setting',
          input: Setting,
          act: ({ name, value }) => configuration.change(name, { value }) ?? { unknown: name },
        }),
        ...reservationRoutes(groups),
        ...userRoutes(table('name', USERS)),
        ...doneRoutes(
          [
            'POST /authorize',
            'POST /capability_request',
            'POST /sync',
            'POST /checkoutfilters',
            'DELETE /checkoutfilters',
            'POST /hostids/selected',
            'POST /capability_response',
            'POST /rest_licensing_keys',
            'DELETE /clients',
          ].map((line) => line.replace(' ', ` ${BASE}`)),
          'answers that it is done',
        ),
        actRoute(`${BASE}/suspend`, 'stop serving licences', serve('suspended')),
        actRoute(`${BASE}/resume`, 'serve licences again', serve('serving')),
        {
          method: 'delete',
          path: `${BASE}/rest_licensing_keys`,
          summary: 'revoke the key of the licensing interface; 410 says that it is gone',
          handle: () => ({ status: 410 }),
        },
      ],
      buttons: [
        { label: 'Suspend the server', path: `${BASE}/suspend` },
        { label: 'Resume', path: `${BASE}/resume` },
      ],
    }
  },
}

function stateRoutes(server: Table): DemoRoute[] {
  const health = () => ({
    LLS: {
      version: '2026.01.0 (demo)',
      serverInstanceID: 'DEMO-INSTANCE',
      database: { connectionCheck: 'success' },
    },
    security: 'enabled',
    httpAuth: 'disabled',
    state: server.find('state')?.value,
  })
  return [
    getRoute(`${BASE}/health`, 'health of the instance; needs nobody', health),
    getRoute('/api/1.0/health', 'the same, in the short form', health),
    ...['/api/1.0/version', `${BASE}/version`].map((path) =>
      getRoute(path, 'version of the server', () => ({ version: '2026.01.0', buildNumber: 'demo' })),
    ),
    getRoute(`${BASE}/hostids`, 'host ids', () => [{ type: 'ETHERNET', value: 'DEMO00000001' }]),
  ]
}

function overages(features: Table): object[] {
  return features
    .rows()
    .filter(({ used, featureCount }) => Number(used) > Number(featureCount))
    .map(({ featureName, used, featureCount }) => ({ featureName, overage: Number(used) - Number(featureCount) }))
}

/** Groups hold reservations of one host each, which hold entries of one feature each. */
function reservationRoutes(groups: Table): DemoRoute[] {
  const [reservations, entries] = [table('id', RESERVATIONS), table('id', ENTRIES)]
  const path = `${BASE}/reservationgroups`
  const below = `${path}/:gid/reservations`
  const of = (rows: Table, key: string, id = '') => rows.rows().filter((row) => row[key] === id)
  const add = (rows: Table, prefix: string, row: Row) => {
    const made = { id: rows.newId(prefix), ...row }
    rows.add(made)
    return { status: 201, body: made }
  }
  return [
    getRoute(path, 'all reservation groups', () => groups.rows()),
    addRoute({ path, noun: 'reservation group', table: groups, prefix: 'G-', input: NewGroup, make: (body) => body }),
    removeRoute(path, 'reservation group', groups),
    {
      method: 'get',
      path: below,
      summary: 'the reservations of a group, with their entries',
      handle: ({ params }) => {
        const rows = of(reservations, 'group', params.gid)
        const body = rows.map((row) => ({ ...row, entries: of(entries, 'reservation', String(row.id)) }))
        return { status: 200, body }
      },
    },
    {
      method: 'post',
      path: below,
      summary: 'add a reservation: hostid',
      handle: ({ params, body }) =>
        add(reservations, 'R-', { group: params.gid ?? '', ...checked(NewReservation, body) }),
    },
    removeRoute(below, 'reservation', reservations),
    {
      method: 'post',
      path: `${below}/:rid/entries`,
      summary: 'add an entry: feature, version, count',
      handle: ({ params, body }) => add(entries, 'E-', { reservation: params.rid ?? '', ...checked(NewEntry, body) }),
    },
    removeRoute(`${below}/:rid/entries`, 'entry', entries),
  ]
}

/** Accounts of the server. One that is created without a role gets ROLE_READ, and nothing else. */
function userRoutes(users: Table): DemoRoute[] {
  const path = `${BASE}/users`
  return [
    getRoute(path, 'all accounts', () => users.rows()),
    postRoute({
      path,
      summary: 'create an account',
      input: NewUser,
      act: ({ name, roles = [] }) => {
        const chosen = rolesIn(roles)
        const user = { name, roles: chosen.length > 0 ? chosen : ['ROLE_READ'] }
        users.add(user)
        return user
      },
    }),
    changeRoute({
      path,
      noun: 'account',
      table: users,
      input: UserChange.transform(({ roles }) => ({ roles: rolesIn(roles) })),
    }),
    removeRoute(path, 'account', users),
  ]
}

/** Roles of a list, or joined with `+` as on the command line of the server. */
function rolesIn(roles: z.infer<typeof Roles>): readonly string[] {
  const all = typeof roles === 'string' ? roles.split('+') : roles
  return all.map((role) => role.trim().toUpperCase()).filter((role) => role !== '')
}
