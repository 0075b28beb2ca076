/** The ports of roles, groups and objects outside a transaction; see `committing-ports.ts`. */

import type { Groups, Objects, Roles } from './directory-ports.ts'
import type { Store } from './ports.ts'

type Transaction = Store['transaction']

export function committingRoles(reader: Roles, transaction: Transaction): Roles {
  return {
    list: reader.list,
    uses: reader.uses,
    create: (role) => transaction(({ roles }) => roles.create(role)),
    replace: (role) => transaction(({ roles }) => roles.replace(role)),
    delete: (name) => transaction(({ roles }) => roles.delete(name)),
  }
}

export function committingGroups(reader: Groups, transaction: Transaction): Groups {
  return {
    list: reader.list,
    load: reader.load,
    members: reader.members,
    create: (group) => transaction(({ groups }) => groups.create(group)),
    update: (id, fields) => transaction(({ groups }) => groups.update(id, fields)),
    delete: (id) => transaction(({ groups }) => groups.delete(id)),
    putRole: (id, role) => transaction(({ groups }) => groups.putRole(id, role)),
    removeRole: (id, role) => transaction(({ groups }) => groups.removeRole(id, role)),
    putMember: (operatorId, membership) => transaction(({ groups }) => groups.putMember(operatorId, membership)),
    removeMember: (operatorId, group) => transaction(({ groups }) => groups.removeMember(operatorId, group)),
  }
}

export function committingObjects(reader: Objects, transaction: Transaction): Objects {
  return {
    load: reader.load,
    family: reader.family,
    list: reader.list,
    create: (all) => transaction(({ objects }) => objects.create(all)),
    setOwner: (name, change) => transaction(({ objects }) => objects.setOwner(name, change)),
    setAccessList: (name, accessList) => transaction(({ objects }) => objects.setAccessList(name, accessList)),
    setParents: (name, parents) => transaction(({ objects }) => objects.setParents(name, parents)),
    delete: (name) => transaction(({ objects }) => objects.delete(name)),
    begin: (name, pending) => transaction(({ objects }) => objects.begin(name, pending)),
    extend: (name, pendingId, until) => transaction(({ objects }) => objects.extend(name, pendingId, until)),
    release: (name, pendingId) => transaction(({ objects }) => objects.release(name, pendingId)),
  }
}
