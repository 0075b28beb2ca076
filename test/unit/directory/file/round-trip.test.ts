/** What is exported can be applied, and is exported again byte by byte. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readDirectoryFile } from '../../../../src/directory/file/read.ts'
import { directoryText } from '../../../../src/directory/file/write.ts'
import { loadModel } from '../../../../src/directory/model.ts'
import { memoryStore } from '../../../../src/store/memory/memory-store.ts'
import { applied, merge } from '../../../support/directory.ts'
import { fc } from '../../../support/properties.ts'

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((each) => each.trim() === each && !/\p{Cc}|\//u.test(each) && each.isWellFormed())
const awkward = fc.oneof(
  text,
  fc.constantFrom('true', 'null', '~', '1e3', '- a', 'a: b', '#x', '"', "'", '012', 'Zürich'),
)
const ROLES = ['administrator', 'desk', 'web-application:user', 'cisco-license-manager:pak-management']

const roleOf = fc.record({
  role: fc.constantFrom(...ROLES),
  expiresAt: fc.option(fc.constant('2030-01-31T08:00:00.000Z')),
  scope: fc.option(
    fc.uniqueArray(awkward, { minLength: 1, maxLength: 2 }).map((ids) => ids.map((id) => `device:${id}`)),
  ),
  children: fc.boolean(),
})
const roles = fc.uniqueArray(roleOf, { maxLength: 3, selector: ({ role }) => role })
const rights = fc.dictionary(
  fc.constantFrom('admin', 'create_ticket', '10', '9'),
  fc.oneof(fc.constant(true), fc.record({ products: fc.uniqueArray(awkward, { maxLength: 2 }) })),
)

const directory = fc
  .record({
    names: fc.uniqueArray(awkward, { minLength: 1, maxLength: 4, selector: (name) => name.normalize('NFC') }),
    accounts: fc.uniqueArray(fc.tuple(awkward, fc.constantFrom('okta', 'local')), {
      minLength: 1,
      maxLength: 4,
      selector: String,
    }),
    ids: fc.uniqueArray(awkward, { maxLength: 4 }),
    roles: fc.array(roles, { minLength: 4, maxLength: 4 }),
    rights,
    texts: fc.array(fc.option(awkward), { minLength: 4, maxLength: 4 }),
    enabled: fc.boolean(),
  })
  .map(({ names, accounts, ids, roles: given, rights: held, texts, enabled }) => {
    const paths = names.map((name, index) => [...names.slice(0, index), name].join('/'))
    const path = (index: number) => paths[index % paths.length]
    return {
      operators: accounts.map(([account, provider], index) => ({
        account,
        provider,
        displayName: texts[index],
        enabled: enabled || index > 0,
        roles: given[index],
        groups: [{ group: path(index), rights: held }],
      })),
      roles: [
        {
          name: 'desk',
          description: texts[0],
          parents: ROLES.slice(3),
          permissions: { 'cisco-license-manager:readPAKs': 'deny' },
        },
      ],
      groups: paths.map((each, index) => ({ path: each, label: texts[index], roles: given[index] })),
      objects: ids.map((id, index) => {
        const [operator, provider] = accounts[index % accounts.length] ?? []
        const owner = index % 2 === 0 ? { operator, provider } : { group: path(index) }
        const accessList = index === 3 ? null : [{ operator, provider }, { group: path(index + 1) }]
        return {
          service: 'clm',
          type: 'device',
          id,
          owner,
          accessList,
          parents: ids.slice(0, index).map((each) => `device-group:${each}`),
        }
      }),
    }
  })

test('an export that is applied to an empty directory is exported again as the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(directory, fc.constantFrom('yaml' as const, 'json' as const), async (content, format) => {
      const store = memoryStore()
      await applied(store, content)
      const model = await loadModel(store)
      const first = directoryText(model, format)
      const read = readDirectoryFile(first, 'export')
      assert.ok(read.ok, read.ok ? '' : read.error.join('\n'))
      const written: unknown = parse(first)
      const other = memoryStore()
      await applied(other, written)
      assert.equal(directoryText(await loadModel(other), format), first)
      assert.deepEqual(merge(written, { before: model, prune: true }), model)
    }),
    { numRuns: 60 },
  )
})
