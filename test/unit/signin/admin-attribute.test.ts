import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readAdminAttribute } from '../../../src/signin/admin-attribute.ts'

interface Case {
  readonly title: string
  readonly name?: string | null
  readonly attributes: Record<string, readonly string[]>
  readonly asserted: string
  readonly note: boolean
}

const cases: readonly Case[] = parse(readFileSync(new URL('../../cases/admin-attribute.yaml', import.meta.url), 'utf8'))

for (const { title, name = 'FnmsAdmin', attributes, asserted, note } of cases) {
  test(`N-5: admin attribute, ${title}: ${asserted}${note ? ', with a note' : ''}`, () => {
    const read = readAdminAttribute(new Map(Object.entries(attributes)), name)
    assert.equal(read.asserted, asserted)
    assert.equal(read.note !== null, note)
  })
}

test('N-5: the note names the attribute that is expected and quotes only the beginning of a long value', () => {
  const { note } = readAdminAttribute(new Map([['FnmsAdmin', ['x'.repeat(5000)]]]), 'FnmsAdmin')
  assert.match(note ?? '', /FnmsAdmin/)
  assert.ok((note ?? '').length < 200)
})
