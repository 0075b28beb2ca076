import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { directoryText } from '../../../../src/directory/file/write.ts'
import { fencesIn } from '../../../docs/pages.ts'
import { merge, merged } from '../../../support/directory.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/directory.md'), 'utf8')

test('the example of docs/directory.md is taken as it stands, and what is exported of it says the same', () => {
  const [example] = fencesIn(PAGE).filter(({ info }) => info === 'yaml directory')
  const model = merged(parse(example?.code ?? ''))
  assert.deepEqual([model.operators.length, model.groups.length, model.objects.length], [1, 2, 3])
  assert.deepEqual(merge(parse(directoryText(model, 'yaml')), { before: model, prune: true }), model)
})
