/** docs/sign-in-diagnosis.md says what the check table says. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MARK, madePart } from '../support/saml/diagnosis-page.ts'

test('the page on diagnosis has every row and every text; node test/support/saml/write-diagnosis-page.ts brings it up to date', () => {
  const page = readFileSync(new URL('../../docs/sign-in-diagnosis.md', import.meta.url), 'utf8')
  const [, made, ...more] = page.split(MARK)
  assert.equal(more.length, 0)
  assert.equal(made, `\n${madePart()}`)
})
