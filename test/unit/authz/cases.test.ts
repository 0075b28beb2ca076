import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decide } from '../../../src/authz/decide.ts'
import { differencesOf } from '../../../src/cli/case-compare.ts'
import { readCaseFile } from '../../../src/cli/case-file.ts'
import { askedCases } from '../../../src/cli/case-run.ts'
import { instant } from '../../../src/core/time.ts'
import { loadProfiles } from '../../../src/profiles/load.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { naiveDecide } from '../../support/naive/evaluator.ts'

/** A made-up product for each rule that no shipped profile has yet. */
const DIRECTORY = fileURLToPath(new URL('../../cases/decisions/', import.meta.url))

const made = await loadProfiles(join(DIRECTORY, 'profiles'))
assert.ok(made.ok, made.ok ? '' : made.error.join('\n'))
const profiles = new Map([...(await loadShippedProfiles()), ...made.value])
const unasked = () => assert.fail('every file has services and a model')
const parts = { profiles, defaults: { services: unasked, directory: unasked }, now: instant(1_900_000_000_000) }

for (const name of readdirSync(DIRECTORY).filter((each) => each.endsWith('.yaml'))) {
  const read = readCaseFile(await readFile(join(DIRECTORY, name), 'utf8'), name, profiles)
  assert.ok(read.ok, read.ok ? '' : read.error.join('\n'))
  const asked = await askedCases(name, read.value, parts)
  assert.ok(asked.ok, asked.ok ? '' : asked.error.join('\n'))
  const { snapshot, services, directory, cases } = asked.value
  const model = { services, profiles, roles: directory.roles, groups: directory.groups }

  describe(`decisions: ${name}`, () => {
    for (const { given, line, question, subject, object } of cases) {
      test(given.name ?? `line ${line}`, () => {
        const decision = decide(snapshot, subject, question, object)
        assert.deepEqual(differencesOf(given, decision), [])
        const { effect, conflict, hidden, obligations } = decision
        assert.deepEqual({ effect, conflict, hidden, obligations }, naiveDecide(model, subject, question, object))
        assert.deepEqual({ ...decide(snapshot, subject, question, object, { trail: true }), trail: [] }, decision)
      })
    }
  })
}
