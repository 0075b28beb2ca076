/** The pages of docs/systems say of a profile what the profile says. That their configurations load is held by test/docs.test.ts. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { loadShippedProfiles } from '../../src/profiles/shipped.ts'
import { merged } from '../support/directory.ts'
import { fencesIn, rowsIn } from './pages.ts'

const FOLDER = join(import.meta.dirname, '../../docs/systems')
const PROFILES = await loadShippedProfiles()
const PAGES = [
  'flexnet-license-server.md',
  'flexnet-manager-suite.md',
  'openlm.md',
  'cisco-license-manager.md',
  'web-application.md',
]

/** The first two cells of the rows below a heading, without code marks. */
function rowsBelow(text: string, heading: string): readonly (readonly [string, string])[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const plain = (cell = ''): string => cell.replaceAll('`', '')
  return rowsIn(section).map(([first, second]) => [plain(first), plain(second)])
}

test('the overview leads to every page', () => {
  const overview = readFileSync(join(FOLDER, 'README.md'), 'utf8')
  for (const file of PAGES) assert.ok(overview.includes(`](${file})`), file)
})

for (const file of PAGES) {
  const id = file.replace('.md', '')
  const text = readFileSync(join(FOLDER, file), 'utf8')
  const profile = PROFILES.get(id) ?? assert.fail(id)

  describe(`docs/systems/${file}`, () => {
    test('lists every shipped role, and no other', () => {
      const listed = rowsBelow(text, 'Roles').map(([role]) => role)
      const shipped = [...profile.roles.keys()].map((name) => name.replace(`${id}:`, ''))
      assert.deepEqual(listed.toSorted(), shipped.toSorted())
    })

    test('lists every setting with its default, and no other', () => {
      const defaults = [...profile.settings.entries()].map(([name, setting]) => [name, String(setting.default)])
      assert.deepEqual(rowsBelow(text, 'Settings').toSorted(), defaults.toSorted())
    })

    test('has a configuration with a service of the profile', () => {
      const [example] = fencesIn(text).filter(({ info }) => info === 'yaml config')
      assert.equal(parse(example?.code ?? '').services[0].profile, id)
    })

    test('has a directory file that is taken as it stands', () => {
      const [example] = fencesIn(text).filter(({ info }) => info === 'yaml directory')
      assert.ok(merged(parse(example?.code ?? '')).operators.length > 0)
    })
  })
}
