/** A Cisco License Manager of the demo: operations of its API, by name, with invented data. */

import { z } from 'zod'
import { DEVICES, LICENSES, OTHERS, PAKS, REPORTS, TOUR, USERS } from './cisco-license-manager-data.ts'
import { actRoute, type DemoRoute, doneRoutes, listRoute, postRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Table, table } from './table.ts'

const id = z.string().min(1).max(64)
/** Names and passwords as the product takes them: 1 to 64 ASCII characters from ! to z. */
const credential = z.string().regex(/^[\x21-\x7A]{1,64}$/, '1 to 64 characters from ! to z')
const ROLES = ['administrator', 'inventory-management', 'pak-management', 'license-management', 'report-management']
const DEFAULT_ROLE = 'report-management'
const NewUser = z.strictObject({ user: credential, password: credential, role: z.enum(ROLES).optional() })
const ListEntry = z.strictObject({ device: id.optional(), group: id.optional(), pak: id.optional(), user: id })
const Listed = z.strictObject({ device: id.optional(), group: id.optional() })
const Moved = z.strictObject({ devices: z.array(id).min(1).max(100), group: id })
const Devices = z.strictObject({ devices: z.array(id).min(1).max(100) })
const NewPaks = z.strictObject({
  paks: z
    .array(z.strictObject({ pakId: z.string().min(4).max(64), sku: id, quantity: z.number().int().min(1).max(1000) }))
    .min(1)
    .max(20),
})
const Paks = z.strictObject({ paks: z.array(id).min(1).max(100) })
/** Long jobs: the answer is the id of a request that only its owner may read. */
const JOBS = [
  'asynDiscoverDevices',
  'asyncDiscoverDevices',
  'asynPollDeviceLicenseInfo',
  'asyncDownloadPAKInfo',
  'asyncObtainLicense',
  'asyncDeployLicenses',
  'asyncDeployLicenseLines',
  'asyncAnnotateLicense',
  'asyncAnnotateLicensesLine',
]
/** Changes of lists, which are kept by the gateway; the product says that they are done. */
const LISTS = ['addUserToDevice', 'removeUserFromDevice', 'addUserToGroup', 'removeUserFromGroup', 'addUserToPAK']

export const ciscoLicenseManager: DemoSystem = {
  id: 'cisco',
  prefix: '/cisco/',
  title: 'Cisco License Manager',
  about: 'Turns product authorization keys (PAKs) into licences and deploys them to network devices.',
  open() {
    const devices = table('id', DEVICES)
    const paks = table('id', PAKS)
    const licenses = table('id', LICENSES)
    const reports = table('line', REPORTS)
    const users = table('user', USERS)
    const requests = table('requestId', [])
    return {
      sections: [
        { title: 'Devices', table: devices },
        { title: 'PAKs', table: paks },
        { title: 'Licences', table: licenses },
        { title: 'Reports', table: reports },
      ],
      tour: TOUR,
      routes: [
        ...deviceRoutes(devices),
        ...pakRoutes(paks),
        {
          method: 'get',
          path: '/api/getLicensesOnDevice',
          summary: 'the licences on a device: ?device=dev-1',
          handle: ({ query }) => ({
            status: 200,
            body: { licenses: licenses.rows().filter(({ device }) => device === query.device) },
          }),
        },
        listRoute('/api/listExpiredLicenseLines', 'lines', 'expired licence line', table('id', [])),
        ...userRoutes(users),
        ...listRoutes(),
        ...jobRoutes(requests),
        actRoute('/api/generateReport', 'generate a report of all PAKs', () => {
          for (const { pakId = '', quantity = 0, used = 0 } of paks.rows()) {
            reports.add({ line: reports.newId('line-'), pakId, quantity, used })
          }
          return { lines: reports.rows().length }
        }),
        listRoute('/api/readReport', 'lines', 'report line', reports),
        ...doneRoutes(OTHERS, 'answers that it is done'),
      ],
      buttons: [{ label: 'Generate a report', path: '/api/generateReport' }],
    }
  },
}

function deviceRoutes(devices: Table): DemoRoute[] {
  const move = (devicesMoved: readonly string[], group: string) => ({
    devices: devicesMoved.map((device) => ({ device, done: devices.change(device, { group }) !== undefined })),
  })
  return [
    listRoute('/api/readDevices', 'devices', 'device', devices),
    postRoute({
      path: '/api/addDevicesToGroup',
      summary: 'put devices into a group',
      input: Moved,
      act: ({ devices: moved, group }) => move(moved, group),
    }),
    postRoute({
      path: '/api/deleteDevices',
      summary: 'delete devices',
      input: Devices,
      act: ({ devices: gone }) => ({ devices: gone.map((device) => ({ device, done: devices.remove(device) })) }),
    }),
  ]
}

function pakRoutes(paks: Table): DemoRoute[] {
  return [
    listRoute('/api/readPAKs', 'paks', 'PAK', paks),
    postRoute({
      path: '/api/createPAKs',
      summary: 'create PAKs, whose creator owns them',
      input: NewPaks,
      act: ({ paks: wanted }) => ({
        paks: wanted.map((each) => {
          const row = { id: paks.newId('pak-'), ...each, used: 0, folder: 'New' }
          paks.add(row)
          return row
        }),
      }),
    }),
    postRoute({
      path: '/api/deletePAKs',
      summary: 'delete PAKs',
      input: Paks,
      act: ({ paks: gone }) => ({ paks: gone.map((pak) => ({ pak, done: paks.remove(pak) })) }),
    }),
  ]
}

/** A user that is created without a role reads and reports. */
function userRoutes(users: Table): DemoRoute[] {
  return [
    listRoute('/api/listAllUsers', 'users', 'user', users),
    postRoute({
      path: '/api/createUser',
      summary: 'create a user',
      input: NewUser,
      act: ({ user, role = DEFAULT_ROLE }) => {
        users.add({ user, role })
        return { user, role }
      },
    }),
    postRoute({
      path: '/api/deleteUser',
      summary: 'delete a user',
      input: z.strictObject({ user: id }),
      act: ({ user }) => ({ user, done: users.remove(user) }),
    }),
  ]
}

function listRoutes(): DemoRoute[] {
  const done = () => ({ status: 'done' })
  return [
    ...[...LISTS, 'removeUserFromPAK'].map((operation) =>
      postRoute({ path: `/api/${operation}AccessList`, summary: 'change a list', input: ListEntry, act: done }),
    ),
    ...['Device', 'Group'].map((what) =>
      postRoute({ path: `/api/removeAccessListFrom${what}`, summary: 'remove a list', input: Listed, act: done }),
    ),
  ]
}

function jobRoutes(requests: Table): DemoRoute[] {
  return [
    ...JOBS.map((operation) =>
      actRoute(`/api/${operation}`, 'begin a long job; answers its request id', () => {
        const request = { requestId: requests.newId('req-'), operation, status: 'done' }
        requests.add(request)
        return { requestId: request.requestId }
      }),
    ),
    {
      method: 'get',
      path: '/api/readRequestStatus',
      summary: 'how a long job stands: request',
      handle: ({ query }) => ({ status: 200, body: requests.find(query.request ?? '') ?? { status: 'unknown' } }),
    },
  ]
}
