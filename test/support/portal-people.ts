/** A small License Portal: a forest of groups, the people in it, and what they own. */

import type { DirectoryGroup, Membership, ObjectFacts, Owner } from '../../src/authz/model.ts'
import { licensePortal } from '../../src/demo/services/license-portal.ts'
import type { DemoContent, DemoSystem } from '../../src/demo/services/service.ts'
import type { Row } from '../../src/demo/services/table.ts'
import type { CurrentOperator } from '../../src/directory/operator-facts.ts'
import { GRANT, operator } from './gateway.ts'
import { type LicenceGateway, licenceGateway, type Setup } from './licence-gateway.ts'

export const PORTAL = 'license-portal'

/** `acme` with `acme/emea` and `acme/emea/Müller` below it, and `beta` beside it. */
export const GROUPS: readonly DirectoryGroup[] = [
  { id: 'g-acme', parent: null, name: 'acme', roles: [] },
  { id: 'g-emea', parent: 'g-acme', name: 'emea', roles: [] },
  { id: 'g-below', parent: 'g-emea', name: 'Müller', roles: [] },
  { id: 'g-beta', parent: null, name: 'beta', roles: [] },
]

type Right = { readonly right: string; readonly products: readonly string[] | null }

const ADMIN: readonly Right[] = [{ right: 'admin', products: null }]

/** Membership in a group by its id, with rights there. */
export function member(group: string, rights: readonly Right[] = []): CurrentOperator['memberships'][number] {
  return { group, rights, source: 'local' }
}

/** Somebody by account; his id is the same. */
export function person(
  account: string,
  memberships: readonly ReturnType<typeof member>[],
  role = 'user',
): CurrentOperator {
  const grants = [{ ...GRANT, role: `${PORTAL}:${role}`, service: null }]
  return operator({ id: account, account, displayName: account, grants, memberships: [...memberships] })
}

export const PEOPLE = {
  isv: person('isv', [], 'isvadmin'),
  anna: person('anna', [member('g-acme', ADMIN)]),
  emil: person('emil', [member('g-emea', ADMIN)]),
  erik: person('erik', [member('g-emea', ADMIN)]),
  mara: person('mara', [member('g-emea')]),
  cora: person('cora', [member('g-emea')]),
  jörg: person('jörg', [member('g-below')]),
  solo: person('solo', []),
  bea: person('bea', [member('g-beta', ADMIN)]),
  beto: person('beto', [member('g-beta')]),
  /** With two resellers at once. */
  dora: person('dora', [member('g-emea'), member('g-beta')]),
}

/** An object of the portal. */
export function owned(type: string, id: string, owner: Owner | null): ObjectFacts {
  const who = owner !== null && 'operator' in owner ? owner.operator : null
  const memberships: readonly Membership[] =
    Object.values(PEOPLE).find(({ id: each }) => each === who)?.memberships ?? []
  return { type, id, owner, ownerGroups: memberships.map(({ group }) => group), accessList: null, ancestors: [] }
}

/** `t-` and `c-` with the name of whom they belong to; `t-free` is nobody's. */
export const OBJECTS: readonly ObjectFacts[] = [
  owned('ticket', 't-acme', { group: 'g-acme' }),
  owned('ticket', 't-emea', { group: 'g-emea' }),
  owned('ticket', 't-below', { group: 'g-below' }),
  owned('ticket', 't-beta', { group: 'g-beta' }),
  owned('ticket', 't-free', null),
  owned('container', 'c-emea', { group: 'g-emea' }),
  ...Object.keys(PEOPLE).flatMap((name) => [
    owned('ticket', `t-${name}`, { operator: name }),
    owned('container', `c-${name}`, { operator: name }),
  ]),
]

/** The demo's portal with the groups, people, tickets and containers of here, and a way to have it as it began. */
export function filledPortal(): { readonly system: DemoSystem; refill(): void } {
  const opened: DemoContent[] = []
  const refill = () => {
    for (const { sections } of opened) {
      for (const { title, table } of sections) {
        for (const row of table.rows()) table.remove(String(row[table.key]))
        for (const row of ROWS[title] ?? []) table.add(row)
      }
    }
  }
  const open = () => {
    const content = licensePortal.open()
    opened.push(content)
    refill()
    return content
  }
  return { system: { ...licensePortal, open }, refill }
}

function pathOf({ parent, name }: DirectoryGroup): string {
  const above = GROUPS.find(({ id }) => id === parent)
  return above === undefined ? name : `${pathOf(above)}/${name}`
}

const objectsOf = (kind: string) => OBJECTS.filter(({ type }) => type === kind).map(({ id }) => id)

/** By the title of the section that shows them. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  Groups: GROUPS.map((group) => ({ path: pathOf(group), label: 'customer' })),
  Users: Object.keys(PEOPLE).map((account) => ({ account, name: account, groups: [], isvadmin: false })),
  Tickets: objectsOf('ticket').map((ticket) => ({ ticket, product: 'P1', owner: '', licences: 1, activated: 0 })),
  Containers: objectsOf('container').map((serial) => ({ serial, owner: '', credential: 'none', licences: [] })),
}

/** The portal as `asking` sees it. */
export function portal(asking: CurrentOperator, more: Pick<Setup, 'answer'> = {}): Promise<LicenceGateway> {
  const others = Object.values(PEOPLE).filter(({ id }) => id !== asking.id)
  return licenceGateway({
    profile: PORTAL,
    roles: [],
    person: asking,
    others,
    groups: GROUPS,
    stored: OBJECTS,
    ...more,
  })
}
