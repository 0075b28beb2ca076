/** What the demo's License Portal begins with. Who owns what, and who has which right in which group, is said by the demo's directory. */

import { step } from './tour.ts'

const EMEA = 'demo-acme/emea'
const BELOW = 'demo-acme/emea/Müller GmbH'
const SAM = 'sam.shortsession@demo.example'
const OTTO = 'otto.operator@demo.example'
const ADA = 'ada.admin@demo.example'
const JOERG = 'jörg.mueller@demo.example'

export const GROUPS = [
  { path: 'demo-acme', label: 'reseller' },
  { path: EMEA, label: 'reseller' },
  { path: BELOW, label: 'customer' },
  { path: 'demo-beta', label: 'customer' },
]

export const USERS = [
  { account: ADA, name: 'Ada Admin', groups: [], isvadmin: true },
  { account: OTTO, name: 'Otto Operator', groups: [EMEA], isvadmin: false },
  { account: SAM, name: 'Sam Shortsession', groups: [EMEA], isvadmin: false },
  { account: JOERG, name: 'Jörg Müller', groups: [BELOW], isvadmin: false },
  { account: 'bea.beta@demo.example', name: 'Bea Beta', groups: ['demo-beta'], isvadmin: false },
]

export const TICKETS = [
  { ticket: 'DEMO-ACME', product: 'demo-mill', owner: 'demo-acme', licences: 10, activated: 7 },
  { ticket: 'DEMO-EMEA', product: 'demo-mill', owner: EMEA, licences: 5, activated: 1 },
  { ticket: 'DEMO-EMEA-2', product: 'demo-lathe', owner: EMEA, licences: 5, activated: 0 },
  { ticket: 'DEMO-EMEA-3', product: 'demo-lathe', owner: EMEA, licences: 5, activated: 0 },
  { ticket: 'DEMO-MUELLER', product: 'demo-mill', owner: BELOW, licences: 3, activated: 0 },
  { ticket: 'DEMO-BETA', product: 'demo-mill', owner: 'demo-beta', licences: 2, activated: 2 },
  { ticket: 'DEMO-SAM', product: 'demo-lathe', owner: SAM, licences: 1, activated: 1 },
  { ticket: 'DEMO-JOERG', product: 'demo-lathe', owner: JOERG, licences: 1, activated: 0 },
  { ticket: 'DEMO-FREE', product: 'demo-mill', owner: 'nobody yet', licences: 3, activated: 0 },
  { ticket: 'DEMO-LOOSE', product: 'demo-mill', owner: 'nobody yet', licences: 3, activated: 0 },
]

export const CONTAINERS = [
  { serial: '140-1', owner: SAM, kind: 'CmCloudContainer', credential: 'issued', licences: ['DEMO-SAM'] },
  { serial: '140-2', owner: JOERG, kind: 'CmCloudContainer', credential: 'issued', licences: [] },
  { serial: '140-3', owner: 'bea.beta@demo.example', kind: 'CmCloudContainer', credential: 'issued', licences: [] },
  { serial: '140-4', owner: EMEA, kind: 'CmContainer', credential: 'none', licences: [] },
]

const at = (account: string) => `portal/users/${encodeURIComponent(account)}`

/** Ada is an ISV administrator; Otto is admin of demo-acme/emea and sells `demo-mill` there; Sam is a member of it. */
export const TOUR = [
  step('a ticket of one’s own group', 'GET portal/tickets/DEMO-EMEA', [200, 200, 200]),
  step('blind upward: a ticket of the group above', 'GET portal/tickets/DEMO-ACME', [200, 404, 404]),
  step('transparent downward, for admins', 'GET portal/tickets/DEMO-MUELLER', [200, 200, 404]),
  step('nothing of another branch', 'GET portal/tickets/DEMO-BETA', [200, 404, 404]),
  step('what is not there looks the same', 'GET portal/tickets/DEMO-NOWHERE', [404, 404, 404]),
  step('a personal ticket, one’s own or of one’s branch', 'GET portal/tickets/DEMO-SAM', [200, 200, 200]),
  step('a colleague’s is not seen', 'GET portal/tickets/DEMO-JOERG', [200, 200, 404]),
  step('a ticket that nobody owns', 'GET portal/tickets/DEMO-FREE', [200, 404, 404]),
  step('lists hold what one sees one by one', 'GET portal/tickets', [200, 200, 200]),
  step('so do those of groups', 'GET portal/groups', [200, 200, 200]),
  step('a group by its path, umlauts and all', `GET portal/groups/${encodeURI(BELOW)}`, [200, 200, 404]),
  step('a group without parent', 'POST portal/groups', [201, 403, 403], { name: 'demo-new' }),
  step('a group below one’s own', 'POST portal/groups', [201, 201, 403], { name: 'demo-new', parent: EMEA }),
  step('a group is deleted from above', `DELETE portal/groups/${EMEA}/gone`, [404, 404, 404]),
  step('a user in another group', 'POST portal/users', [201, 404, 404], {
    account: 'x@demo.example',
    group: 'demo-beta',
  }),
  step('rights that one has oneself', 'POST portal/memberships', [201, 201, 404], {
    user: JOERG,
    group: BELOW,
    rights: ['create_ticket'],
    products: ['demo-mill'],
  }),
  step('rights that Otto does not have', 'POST portal/memberships', [201, 403, 404], {
    user: JOERG,
    group: BELOW,
    rights: ['create_ticket'],
    products: ['demo-lathe'],
  }),
  step('nobody deletes himself', `DELETE ${at(ADA)}`, [403, 404, 404]),
  step('nor steps down as ISV administrator', `DELETE ${at(ADA)}/isvadmin`, [403, 404, 404]),
  step('a ticket of a product that one sells', 'POST portal/tickets', [201, 201, 404], {
    product: 'demo-mill',
    group: BELOW,
  }),
  step('a ticket of another product', 'POST portal/tickets', [201, 403, 404], { product: 'demo-lathe', group: BELOW }),
  step('a ticket without owner asks about the new one alone', 'PUT portal/tickets/DEMO-LOOSE/owner', [200, 200, 200], {
    user: SAM,
  }),
  step('a ticket goes where one reaches both owners', 'PUT portal/tickets/DEMO-EMEA-2/owner', [200, 200, 404], {
    group: BELOW,
  }),
  step('not into another branch', 'PUT portal/tickets/DEMO-MUELLER/owner', [200, 404, 404], { group: 'demo-beta' }),
  step('nor back out of it', 'PUT portal/tickets/DEMO-MUELLER/owner', [200, 404, 404], { group: BELOW }),
  step('a ticket has one owner', 'PUT portal/tickets/DEMO-EMEA/owner', [403, 403, 403], { group: EMEA, user: SAM }),
  step('several tickets move together', 'POST portal/ticket-moves', [200, 200, 200], {
    tickets: ['DEMO-EMEA-3', 'DEMO-SAM'],
    user: SAM,
  }),
  step('or none of them does', 'POST portal/ticket-moves', [200, 404, 404], {
    tickets: ['DEMO-SAM', 'DEMO-ACME'],
    user: SAM,
  }),
  step('nor goes a ticket upward', 'PUT portal/tickets/DEMO-ACME/owner', [200, 404, 404], { group: 'demo-acme' }),
  step('the container of somebody in one’s branch', 'POST portal/containers/140-2/reset-credentials', [200, 200, 404]),
  step('a container of another branch', 'POST portal/containers/140-3/reset-credentials', [200, 404, 404]),
  step(
    'the credential file of a subordinate, not one’s own',
    'POST portal/containers/140-1/credential-file',
    [200, 200, 403],
  ),
  step('a licence moves where one may activate in both', 'POST portal/licence-moves', [200, 200, 404], {
    from: '140-1',
    to: '140-2',
    ticket: 'DEMO-SAM',
  }),
]
