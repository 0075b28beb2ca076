/** Operators from a table. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOperatorsCsv } from '../../../../src/directory/file/csv.ts'

function read(...lines: string[]) {
  const result = readOperatorsCsv(lines.join('\r\n'), 'ops.csv')
  return result.ok ? result.value.content.operators : result.error
}

test('a row becomes an operator; empty cells say nothing', () => {
  const rows = read(
    '\ufeffaccount,displayName,email,enabled,roles,groups,provider',
    'ann@x.de,"Müller, Ann",ann@x.de,true,web-application:user@app|Desk,acme/Zürich|beta,okta',
    'bob@x.de,,,,,,',
  )
  const everywhere = { service: null, scope: null, children: false, expiresAt: null }
  assert.deepEqual(rows, [
    {
      account: 'ann@x.de',
      displayName: 'Müller, Ann',
      email: 'ann@x.de',
      enabled: true,
      provider: 'okta',
      roles: [
        { ...everywhere, role: 'web-application:user', service: 'app' },
        { ...everywhere, role: 'desk' },
      ],
      groups: [
        { group: ['acme', 'Zürich'], rights: {} },
        { group: ['beta'], rights: {} },
      ],
    },
    { account: 'bob@x.de' },
  ])
})

test('W-22: semicolons separate cells where the first row has no comma, as spreadsheets in German write them', () => {
  assert.deepEqual(read('account;displayName', 'a;Müller, A'), [{ account: 'a', displayName: 'Müller, A' }])
})

test('every problem is told with the line that it stands in, also behind cells of several lines', () => {
  assert.deepEqual(
    read('account,displayName,enabled,roles', 'a,"two\nlines",maybe,', ',x,true,', '', 'c,y', 'd,z,true,ROLE!'),
    [
      'ops.csv:6: has 2 cells; the first row has 4',
      'ops.csv:2: displayName: must not have control characters or white space at its ends',
      'ops.csv:2: enabled: must be true or false',
      'ops.csv:4: account: must not be empty',
      'ops.csv:7: roles[0].role: is no role name: 1 to 64 of a-z, 0-9, _, ., : and -',
    ],
  )
})

test('the first row must name known columns, each once, and quotes must end', () => {
  for (const head of ['name,roles', 'account,account', 'account,Role', '']) {
    assert.match(String(read(head, 'a,b')), /^ops\.csv:1: the first row must name/)
  }
  assert.match(String(read('account', '"a')), /^ops\.csv:\d: is not valid CSV/)
})
