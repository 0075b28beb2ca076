/** The ports outside a transaction: a read goes to the reader, and each write is a transaction of its own. */

import { committingGroups, committingObjects, committingRoles } from './committing-directory-ports.ts'
import type {
  AuditLog,
  Handoffs,
  OneTime,
  Operators,
  Ports,
  Restores,
  Revisions,
  Sessions,
  Store,
  Traces,
} from './ports.ts'

type Transaction = Store['transaction']

/** Ports whose reads are those of `reader` and whose writes commit by themselves through `transaction`. */
export function committingPorts({ reader, transaction }: { reader: Ports; transaction: Transaction }): Ports {
  return {
    operators: committingOperators(reader.operators, transaction),
    roles: committingRoles(reader.roles, transaction),
    groups: committingGroups(reader.groups, transaction),
    objects: committingObjects(reader.objects, transaction),
    sessions: committingSessions(reader.sessions, transaction),
    handoffs: committingHandoffs(transaction),
    oneTime: committingOneTime(transaction),
    traces: committingTraces(reader.traces, transaction),
    audit: committingAudit(reader.audit, transaction),
    revisions: committingRevisions(reader.revisions, transaction),
    restores: committingRestores(reader.restores, transaction),
  }
}

function committingOperators(reader: Operators, transaction: Transaction): Operators {
  return {
    load: reader.load,
    find: reader.find,
    list: reader.list,
    countHolders: reader.countHolders,
    create: (operator) => transaction(({ operators }) => operators.create(operator)),
    createAll: (all) => transaction(({ operators }) => operators.createAll(all)),
    update: (id, fields) => transaction(({ operators }) => operators.update(id, fields)),
    delete: (id) => transaction(({ operators }) => operators.delete(id)),
    putGrant: (operatorId, grant) => transaction(({ operators }) => operators.putGrant(operatorId, grant)),
    removeGrant: (operatorId, grant) => transaction(({ operators }) => operators.removeGrant(operatorId, grant)),
  }
}

function committingSessions(reader: Sessions, transaction: Transaction): Sessions {
  return {
    find: reader.find,
    count: reader.count,
    create: (session, secretHash) => transaction(({ sessions }) => sessions.create(session, secretHash)),
    addSecret: (id, secretHash) => transaction(({ sessions }) => sessions.addSecret(id, secretHash)),
    touch: (activity) => transaction(({ sessions }) => sessions.touch(activity)),
    revoke: (id) => transaction(({ sessions }) => sessions.revoke(id)),
    revokeOperator: (operatorId) => transaction(({ sessions }) => sessions.revokeOperator(operatorId)),
    revokeOtherProviders: (providers) => transaction(({ sessions }) => sessions.revokeOtherProviders(providers)),
    removeIdle: (before, limit) => transaction(({ sessions }) => sessions.removeIdle(before, limit)),
  }
}

function committingHandoffs(transaction: Transaction): Handoffs {
  return {
    issue: (handoff) => transaction(({ handoffs }) => handoffs.issue(handoff)),
    consume: (codeHash, now) => transaction(({ handoffs }) => handoffs.consume(codeHash, now)),
    removeExpired: (now, limit) => transaction(({ handoffs }) => handoffs.removeExpired(now, limit)),
  }
}

function committingOneTime(transaction: Transaction): OneTime {
  return {
    claim: (key, until, now) => transaction(({ oneTime }) => oneTime.claim(key, until, now)),
    removeExpired: (now, limit) => transaction(({ oneTime }) => oneTime.removeExpired(now, limit)),
  }
}

function committingTraces(reader: Traces, transaction: Transaction): Traces {
  return {
    load: reader.load,
    save: (trace) => transaction(({ traces }) => traces.save(trace)),
    removeBefore: (before, limit) => transaction(({ traces }) => traces.removeBefore(before, limit)),
  }
}

function committingAudit(reader: AuditLog, transaction: Transaction): AuditLog {
  return {
    list: reader.list,
    find: reader.find,
    chains: reader.chains,
    append: (...records) => transaction(({ audit }) => audit.append(...records)),
    markAnchored: (heads) => transaction(({ audit }) => audit.markAnchored(heads)),
    removeThrough: (id) => transaction(({ audit }) => audit.removeThrough(id)),
  }
}

function committingRevisions(reader: Revisions, transaction: Transaction): Revisions {
  return {
    head: reader.head,
    changesSince: reader.changesSince,
    publish: (keys) => transaction(({ revisions }) => revisions.publish(keys)),
  }
}

function committingRestores(reader: Restores, transaction: Transaction): Restores {
  return {
    last: reader.last,
    record: (at) => transaction(({ restores }) => restores.record(at)),
  }
}
