import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import type { ObjectFacts, Question, Subject } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { naiveDecide } from '../../support/naive/evaluator.ts'
import { type RandomModel, randomModel } from '../../support/naive/models.ts'
import { fc } from '../../support/properties.ts'

const NAMES = ['look', 'touch', 'tuch', 'take', 'give', 'read', 'menu', 'edit', 'rack_*', 'nothing', null, 'sell']

/** Every question that can be asked of the model. */
function* questions(model: RandomModel): Generator<[Subject | null, Question, ObjectFacts | null]> {
  for (const subject of [null, ...model.subjects]) {
    for (const { id: service } of model.services) {
      for (const name of NAMES) {
        for (const object of subject === null ? [null] : [null, ...model.objects]) {
          yield [subject, { service, name }, object]
          if (name === 'touch') yield [subject, { service, name, products: ['p1'] }, object]
          if (name === 'give') yield [subject, { service, name, selector: 1 }, object]
          if (name === 'take') yield [subject, { service, name, products: ['p1', 'p2'] }, object]
          if (name === 'look') yield [subject, { service, name, anyOfRoles: ['lab:guest', 'd3'] }, object]
        }
      }
    }
  }
}

const runs = { numRuns: 100 }

test('G-2: decide agrees with a naive reading of the rules on effect, conflict, hidden and obligations', () => {
  fc.assert(
    fc.property(randomModel, (model) => {
      const snapshot = compileSnapshot({ ...model, revision: 1 })
      for (const [subject, question, object] of questions(model)) {
        const { effect, conflict, hidden, obligations } = decide(snapshot, subject, question, object)
        const expected = naiveDecide(model, subject, question, object)
        assert.deepEqual(
          { effect, conflict, hidden, obligations },
          expected,
          JSON.stringify({ subject, question, object }),
        )
      }
    }),
    runs,
  )
})
