/** The pages of docs/systems say of a profile what the profile says. That their configurations load is held by test/docs.test.ts. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { readCaseFile } from '../../src/cli/case-file.ts'
import { runCases } from '../../src/cli/case-run.ts'
import { loadShippedProfiles } from '../../src/profiles/shipped.ts'
import { merged, NOW } from '../support/directory.ts'
import { codeIn, fencesIn, rowsIn } from './pages.ts'

const FOLDER = join(import.meta.dirname, '../../docs/systems')
const PROFILES = await loadShippedProfiles()
const PAGES = [
  'flexnet-license-server.md',
  'flexnet-manager-suite.md',
  'openlm.md',
  'license-portal.md',
  'cisco-license-manager.md',
  'web-application.md',
]

/** The example of a page, read; there is one of each kind. */
function example(text: string, kind: string) {
  const found = fencesIn(text).filter(({ info }) => info === `yaml ${kind}`)
  assert.equal(found.length, 1, `yaml ${kind}`)
  return parse(found[0]?.code ?? '')
}

/** What a case file says that does not turn out so; lines as `gatehouse test` prints them. */
async function differencesIn(file: string, content: unknown): Promise<readonly string[]> {
  const read = readCaseFile(stringify(content), file, PROFILES)
  if (!read.ok) return read.error
  const unasked = () => assert.fail('the examples say it all')
  const ran = await runCases(file, read.value, {
    profiles: PROFILES,
    defaults: { services: unasked, directory: unasked },
    now: NOW,
  })
  if (!ran.ok) return ran.error
  return ran.value.map(({ given, differs }) => `${JSON.stringify(given)}: ${differs.join('; ')}`)
}

/** The first two cells of the rows below a heading, without code marks. */
function rowsBelow(text: string, heading: string): readonly (readonly [string, string])[] {
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const plain = (cell = ''): string => cell.replaceAll('`', '')
  return rowsIn(section).map(([first, second]) => [plain(first), plain(second)])
}

test('the cases of docs/decisions.md end as they say', async () => {
  const text = readFileSync(join(FOLDER, '../decisions.md'), 'utf8')
  assert.deepEqual(await differencesIn('decisions.md', example(text, 'cases')), [])
})

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
      assert.equal(example(text, 'config').services[0].profile, id)
    })

    test('has a directory file that is taken as it stands', () => {
      assert.ok(merged(example(text, 'directory')).operators.length > 0)
    })

    test('has cases that end as they say, for its service and its directory', async () => {
      const [{ id: service, settings = {} }] = example(text, 'config').services
      const { cases } = example(text, 'cases')
      assert.ok(cases.length >= 3)
      const content = { services: { [service]: { profile: id, settings } }, model: example(text, 'directory'), cases }
      assert.deepEqual(await differencesIn(file, content), [])
    })

    test('grants roles of the profile at its service', () => {
      const [{ id: service }] = example(text, 'config').services
      const grants = codeIn(text).flatMap((code) => [
        ...code.matchAll(/^npx gatehouse operators grant \S+ (\S+) --service (\S+)$/gm),
      ])
      assert.ok(grants.length > 0)
      for (const [, role = '', at] of grants) {
        assert.ok(profile.roles.has(role), role)
        assert.equal(at, service)
      }
    })
  })
}
