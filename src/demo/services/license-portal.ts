/** A CodeMeter License Portal of the demo: groups, users, tickets and containers with invented data. */

import { z } from 'zod'
import { CONTAINERS, GROUPS, TICKETS, TOUR, USERS } from './license-portal-data.ts'
import { addRoute, changeRoute, checked, type DemoRoute, found, listRoute, postRoute, removeRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { type Row, type Table, table } from './table.ts'

const text = z.string().min(1).max(256)
const texts = z.array(text).max(100)
const NewGroup = z.strictObject({ name: text, parent: text.optional(), label: text.default('customer') })
const GroupMove = z.strictObject({ group: text, parent: text.optional() })
const given = { rights: texts.optional(), products: texts.optional() }
const NewUser = z.strictObject({ account: text, group: text.optional(), name: text.default('new'), ...given })
const NewMember = z.strictObject({ user: text, group: text, ...given })
const Owner = z.union([z.strictObject({ group: text }), z.strictObject({ user: text })])
const NewTicket = z.strictObject({
  product: text,
  licences: z.number().int().min(1).max(1000).default(1),
  group: text.optional(),
  user: text.optional(),
})
const TicketMoves = z
  .strictObject({ tickets: texts.min(1), group: text.optional(), user: text.optional() })
  .refine(({ group, user }) => (group === undefined) !== (user === undefined), 'one owner at a time')
const Licence = z.strictObject({ ticket: text })
const LicenceMove = z.strictObject({ from: text, to: text, ticket: text })

export const licensePortal: DemoSystem = {
  id: 'license-portal',
  prefix: '/license-portal/',
  title: 'CodeMeter License Portal',
  about: 'Customers find their tickets here, activate licences and look after the cloud containers of their people.',
  open() {
    const groups = table('path', GROUPS)
    const users = table('account', USERS)
    const tickets = table('ticket', TICKETS)
    const containers = table('serial', CONTAINERS)
    return {
      sections: [
        { title: 'Groups', table: groups },
        { title: 'Users', table: users },
        { title: 'Tickets', table: tickets },
        { title: 'Containers', table: containers },
      ],
      tour: TOUR,
      routes: [
        ...groupRoutes(groups),
        ...userRoutes(users),
        ...ticketRoutes(tickets),
        ...containerRoutes(containers),
        postRoute({
          path: '/portal/licence-moves',
          summary: 'move a licence to another container',
          input: LicenceMove,
          act: ({ from, to, ticket }) => {
            const [old, next] = [found(containers.find(from), 'container'), found(containers.find(to), 'container')]
            containers.change(from, { licences: licencesOf(old).filter((each) => each !== ticket) })
            return containers.change(to, { licences: [...licencesOf(next), ticket] })
          },
        }),
      ],
      buttons: [
        { label: 'Reset the credential file of container 140-1', path: '/portal/containers/140-1/reset-credentials' },
      ],
    }
  },
}

function readOne(path: string, noun: string, rows: Table): DemoRoute {
  return {
    method: 'get',
    path,
    summary: `one ${noun}`,
    handle: ({ params }) => ({ status: 200, body: found(rows.find(params.id ?? ''), noun) }),
  }
}

/** Changes by PUT and by PATCH. */
function bothChanges(route: Parameters<typeof changeRoute>[0]): DemoRoute[] {
  return [changeRoute(route), changeRoute({ ...route, method: 'patch' })]
}

function groupRoutes(groups: Table): DemoRoute[] {
  const one = '/portal/groups/*id'
  return [
    listRoute('/portal/groups', 'groups', 'group', groups),
    readOne(one, 'group', groups),
    {
      method: 'post',
      path: '/portal/groups',
      summary: 'make a group: name, parent',
      handle: ({ body }) => {
        const { name, parent, label } = checked(NewGroup, body)
        const group = { path: parent === undefined ? name : `${parent}/${name}`, label }
        groups.add(group)
        return { status: 201, body: group }
      },
    },
    ...bothChanges({
      path: '/portal/groups',
      noun: 'group',
      table: groups,
      input: z.strictObject({ label: text }),
    }).map((route) => ({ ...route, path: one })),
    { ...removeRoute('/portal/groups', 'group', groups), path: one },
    postRoute({
      path: '/portal/group-moves',
      summary: 'put a group below another',
      input: GroupMove,
      act: ({ group, parent }) => {
        const moved = found(groups.find(group), 'group')
        groups.remove(group)
        const name = group.slice(group.lastIndexOf('/') + 1)
        const path = parent === undefined ? name : `${parent}/${name}`
        groups.add({ ...moved, path })
        return { path }
      },
    }),
  ]
}

function userRoutes(users: Table): DemoRoute[] {
  const path = '/portal/users'
  const isvadmin = (isIsvadmin: boolean) => ({
    path: `${path}/:id/isvadmin`,
    summary: isIsvadmin ? 'make somebody an ISV administrator' : 'take that from him',
    handle: ({ params }: { params: Readonly<Record<string, string>> }) => ({
      status: 200,
      body: found(users.change(params.id ?? '', { isvadmin: isIsvadmin }), 'user'),
    }),
  })
  return [
    listRoute(path, 'users', 'user', users),
    readOne(`${path}/:id`, 'user', users),
    {
      method: 'post',
      path,
      summary: 'make a user: account, group, rights, products',
      handle: ({ body }) => {
        const { account, group, name } = checked(NewUser, body)
        const user = { account, name, groups: group === undefined ? [] : [group], isvadmin: false }
        users.add(user)
        return { status: 201, body: user }
      },
    },
    ...bothChanges({ path, noun: 'user', table: users, input: z.strictObject({ name: text }) }),
    removeRoute(path, 'user', users),
    { method: 'put', ...isvadmin(true) },
    { method: 'delete', ...isvadmin(false) },
    {
      method: 'post',
      path: '/portal/memberships',
      summary: 'put a user into a group: user, group, rights, products',
      handle: ({ body }) => {
        const { user, group } = checked(NewMember, body)
        const groups = new Set([...groupsOf(found(users.find(user), 'user')), group])
        return { status: 201, body: users.change(user, { groups: [...groups] }) }
      },
    },
    {
      method: 'delete',
      path: '/portal/memberships',
      summary: 'take a user out of a group: ?user= and ?group=',
      handle: ({ query: { user = '', group } }) => {
        const groups = groupsOf(found(users.find(user), 'user')).filter((each) => each !== group)
        return { status: 200, body: users.change(user, { groups }) }
      },
    },
  ]
}

function ticketRoutes(tickets: Table): DemoRoute[] {
  const path = '/portal/tickets'
  const moved = (ticket: string, owner: string) => found(tickets.change(ticket, { owner }), 'ticket')
  return [
    listRoute(path, 'tickets', 'ticket', tickets),
    readOne(`${path}/:id`, 'ticket', tickets),
    addRoute({
      path,
      noun: 'ticket',
      table: tickets,
      prefix: 'DEMO-',
      input: NewTicket,
      make: ({ product, licences, group, user }) => ({
        product,
        owner: group ?? user ?? 'nobody yet',
        licences,
        activated: 0,
      }),
    }),
    {
      method: 'put',
      path: `${path}/:id/owner`,
      summary: 'give a ticket to a group or a user',
      handle: ({ params: { id = '' }, body }) => {
        const owner = checked(Owner, body)
        return { status: 200, body: moved(id, 'group' in owner ? owner.group : owner.user) }
      },
    },
    postRoute({
      path: '/portal/ticket-moves',
      summary: 'give several tickets to a group or a user',
      input: TicketMoves,
      act: ({ tickets: named, group, user = '' }) => ({ tickets: named.map((each) => moved(each, group ?? user)) }),
    }),
    removeRoute(path, 'ticket', tickets),
  ]
}

function containerRoutes(containers: Table): DemoRoute[] {
  const path = '/portal/containers'
  const act = (name: string, summary: string, fields: (row: Row, body: unknown) => Row): DemoRoute => ({
    method: 'post',
    path: `${path}/:id/${name}`,
    summary,
    handle: ({ params: { id = '' }, body }) => {
      const row = found(containers.find(id), 'container')
      return { status: 200, body: containers.change(id, fields(row, body)) }
    },
  })
  return [
    listRoute(path, 'containers', 'container', containers),
    readOne(`${path}/:id`, 'container', containers),
    addRoute({
      path,
      noun: 'container',
      table: containers,
      prefix: '140-',
      input: z.strictObject({ user: text }),
      make: ({ user }) => ({ owner: user, kind: 'CmCloudContainer', credential: 'issued', licences: [] }),
    }),
    act('activate', 'activate the licence of a ticket here: ticket', (row, body) => ({
      licences: [...licencesOf(row), checked(Licence, body).ticket],
    })),
    act('deactivate', 'deactivate the licence of a ticket here: ticket', (row, body) => {
      const { ticket } = checked(Licence, body)
      return { licences: licencesOf(row).filter((each) => each !== ticket) }
    }),
    act('reset-credentials', 'make the credential file void', () => ({ credential: 'void' })),
    act('credential-file', 'make a credential file, and mark it as issued', () => ({ credential: 'issued' })),
  ]
}

function licencesOf({ licences }: Row): readonly string[] {
  return Array.isArray(licences) ? licences : []
}

function groupsOf({ groups }: Row): readonly string[] {
  return Array.isArray(groups) ? groups : []
}
