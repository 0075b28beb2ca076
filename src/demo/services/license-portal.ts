/** A CodeMeter License Portal of the demo: groups, tickets and containers with invented data. */

import { z } from 'zod'
import { actRoute, addRoute, changeRoute, readRoutes, removeRoute } from './routes.ts'
import type { DemoSystem } from './service.ts'
import { table } from './table.ts'

const GROUPS = [
  { path: 'demo-acme', label: 'customer', admin: 'carla@demo-acme.example', users: 4 },
  { path: 'demo-acme/emea', label: 'customer', admin: 'emil@demo-acme.example', users: 11 },
  { path: 'demo-umlaut-gmbh', label: 'customer', admin: 'jörg@demo-umlaut.example', users: 2 },
]
const TICKETS = [
  { ticket: 'DEMO1-AAAAA-BBBBB-00001', product: 'Demo Mill 5', owner: 'group demo-acme', licences: 10, activated: 7 },
  {
    ticket: 'DEMO1-AAAAA-BBBBB-00002',
    product: 'Demo Lathe',
    owner: 'user emil@demo-acme.example',
    licences: 1,
    activated: 1,
  },
  { ticket: 'DEMO1-AAAAA-BBBBB-00003', product: 'Demo Mill 5', owner: 'nobody yet', licences: 3, activated: 0 },
]
const CONTAINERS = [
  { serial: '140-1000000001', user: 'emil@demo-acme.example', kind: 'CmCloudContainer', credential: 'issued' },
  { serial: '140-1000000002', user: 'carla@demo-acme.example', kind: 'CmCloudContainer', credential: 'issued' },
]
const NewTicket = z.strictObject({ product: z.string().min(1).max(100), licences: z.number().int().min(1).max(1000) })
const TicketChange = z.strictObject({ owner: z.string().min(1).max(200) })

export const licensePortal: DemoSystem = {
  id: 'license-portal',
  prefix: '/license-portal/',
  title: 'CodeMeter License Portal',
  about: 'Customers find their tickets here, activate licences and look after the cloud containers of their people.',
  open() {
    const groups = table('path', GROUPS)
    const tickets = table('ticket', TICKETS)
    const containers = table('serial', CONTAINERS)
    return {
      sections: [
        { title: 'Groups', table: groups },
        { title: 'Tickets', table: tickets },
        { title: 'Containers', table: containers },
      ],
      routes: [
        ...readRoutes('/api/groups', 'group', groups),
        ...readRoutes('/api/tickets', 'ticket', tickets),
        addRoute({
          path: '/api/tickets',
          noun: 'ticket',
          table: tickets,
          prefix: 'DEMO1-AAAAA-BBBBB-0',
          input: NewTicket,
          make: (body) => ({ product: body.product, owner: 'nobody yet', licences: body.licences, activated: 0 }),
        }),
        changeRoute({ path: '/api/tickets', noun: 'ticket', table: tickets, input: TicketChange }),
        removeRoute('/api/tickets', 'ticket', tickets),
        ...readRoutes('/api/containers', 'container', containers),
        actRoute('/api/containers/reset-credentials', 'make all credential files void', () => {
          for (const row of containers.rows()) containers.change(String(row.serial), { credential: 'reset' })
          return { reset: containers.rows().length }
        }),
      ],
      buttons: [{ label: 'Reset all credential files', path: '/api/containers/reset-credentials' }],
    }
  },
}
