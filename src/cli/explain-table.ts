/** How `gatehouse explain` shows a decision to a reader. */

import type { ResourceStep, Source, Step, WeighedStatement } from '../authz/model.ts'
import type { Explanation } from './explain.ts'
import { textTable } from './output.ts'

type Rows = (readonly (string | null)[])[]

/** The decision, then grants, statements and object rules as they were weighed. */
export function explanationTable(explanation: Explanation): string {
  const { trail } = explanation
  const parts = [
    textTable(['THE DECISION', ''], decisionRows(explanation)),
    section(['GRANT', 'BY', 'FOR SERVICE', 'OUTCOME'], trail.flatMap(grantRows)),
    section(['RESOURCE', 'FOR', 'EFFECT', 'STATEMENT', 'BY', 'DISTANCE', 'OUTCOME'], trail.flatMap(resourceRows)),
    section(['OBJECT', 'EFFECT', 'RULE', 'REASON'], trail.flatMap(objectRows)),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function section(head: readonly string[], rows: Rows): string {
  return rows.length === 0 ? '' : textTable(head, rows)
}

function decisionRows(explanation: Explanation): Rows {
  const { operator, service, operation, object, products, effect, rule, conflict, hidden, obligations, anyOfRoles } =
    explanation
  return [
    ['Operator', `${operator.account} (${operator.provider})${operator.enabled ? '' : ', disabled'}`],
    ['Service', service],
    ['Operation', operation ?? 'not listed'],
    ['Object', object ?? 'none: in principle'],
    ...(products.length === 0 ? [] : [['Products', products.join(', ')]]),
    ...(anyOfRoles === null ? [] : [['One role of', anyOfRoles.join(', ') || 'none: no rule of the service fits']]),
    ['Effect', effect],
    ['Rule', rule],
    ['Conflict', conflict ? 'yes: statements of equal strength differ' : 'no'],
    ['Looks like', effect === 'allow' ? null : hidden ? '404, as if there were nothing' : '403'],
    ...obligations.map((obligation) => ['Obligation', JSON.stringify(obligation)]),
  ]
}

function grantRows(step: Step): Rows {
  if (step.kind !== 'grant') return []
  const stands = step.standsFor === null || step.standsFor === step.role ? '' : `, stands for ${step.standsFor}`
  return [[step.role, sourceText(step.source), step.service ?? 'every', `${step.outcome}${stands}`]]
}

function resourceRows(step: Step): Rows {
  if (step.kind !== 'resource') return []
  const head = [step.resource, step.purpose, `${step.effect}${step.conflict ? ' (conflict)' : ''}`]
  if (step.statements.length === 0) return [[...head, 'nobody says anything', null, null, null]]
  return step.statements.map((statement, place) => [
    ...(place === 0 ? head : ['', '', '']),
    ...statementCells(step, statement),
  ])
}

function statementCells({ resource }: ResourceStep, statement: WeighedStatement): (string | null)[] {
  const { roles, source, distance, outcome, effect } = statement
  const said = statement.resource === resource ? effect : `${statement.resource}: ${effect}`
  const by = roles.length === 0 ? sourceText(source) : `${roles.join(' → ')}, of ${sourceText(source)}`
  return [said, by, String(distance), outcome]
}

function objectRows(step: Step): Rows {
  return step.kind === 'object' ? [[`${step.type}:${step.id}`, step.effect, step.rule, step.reason]] : []
}

function sourceText(source: Source): string {
  return source.kind === 'operator' ? 'himself' : `group ${source.group}`
}
