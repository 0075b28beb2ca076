/** `gatehouse test`, `explain`, `who-may`, `what-may`, `lint`, and what `plan` says about access (contract section 8). */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { gatehouse } from '../../support/process.ts'

const CLM = 'cisco-license-manager'

const MODEL = {
  operators: [
    { account: 'ann', provider: 'local', roles: [`${CLM}:inventory-management`, 'night'] },
    { account: 'eve', provider: 'local', roles: [{ role: `${CLM}:report-management`, service: 'clm' }] },
    { account: 'out', provider: 'local', enabled: false, roles: ['administrator'] },
  ],
  roles: [
    { name: 'night', permissions: { [`${CLM}:writeDevices`]: 'deny' } },
    { name: 'unheld', permissions: { [`${CLM}:writePAKs`]: 'allow' } },
  ],
  objects: [{ service: 'clm', type: 'device', id: 'dev-7', accessList: ['eve'] }],
}

const CASES = {
  services: { clm: CLM, app: 'web-application' },
  model: MODEL,
  cases: [
    { operator: 'eve', service: 'clm', operation: 'readDevices', object: 'device:dev-7', expect: 'allow' },
    { operator: 'eve', service: 'clm', operation: 'readPAKs', expect: 'allow', obligations: [{ mask: 'pakId' }] },
    { operator: 'eve', service: 'clm', request: 'POST /api/writeDevices', expect: 'deny', conflict: false },
    { operator: 'ann', service: 'clm', operation: 'writeDevices', expect: 'deny', conflict: true },
    { operator: 'ann', service: 'clm', operation: 'telepathy', expect: 'deny' },
    { operator: null, service: 'app', request: 'GET /', expect: 'deny' },
    { operator: 'out', service: 'app', request: 'GET /', expect: 'deny' },
  ],
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-decisions-'))
  const services = [
    { id: 'clm', profile: CLM, match: { path: '/clm/' }, upstream: 'http://127.0.0.1:1' },
    { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream: 'http://127.0.0.1:1' },
  ]
  await file('gatehouse.yaml', { publicUrl: 'http://localhost:8080', dataDir: 'data', identityProviders: [], services })
  const applied = await run('apply', await file('model.yaml', MODEL))
  assert.equal(applied.code, 0, applied.stderr)
})
after(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

async function run(...args: string[]) {
  const ended = await gatehouse([...args, '--config', join(folder, 'gatehouse.yaml')])
  return { ...ended, lines: ended.stdout.split('\n').slice(0, -1) }
}

describe('gatehouse test', { concurrency: 2 }, () => {
  it('says nothing and ends with 0 when all cases end as expected', async () => {
    const { code, stdout, stderr } = await run('test', await file('good.yaml', CASES))
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
  })

  it('prints one line a difference, with file and line of its case, and ends with 1', async () => {
    const cases = CASES.cases.map((each) => ({ ...each, expect: each.expect === 'deny' ? 'allow' : 'deny' }))
    const path = await file('bad.yaml', { ...CASES, cases })
    const { code, lines } = await run('test', path)
    assert.equal(code, 1)
    assert.equal(lines.length, cases.length)
    assert.match(
      lines[0] ?? '',
      /bad\.yaml:\d+: eve: readDevices on clm device:dev-7: expected deny, got allow \(access-list\)/,
    )
    const { stdout } = await run('test', path, '--output', 'json')
    assert.equal(JSON.parse(stdout).length, cases.length)
  })

  it('compares obligations as a set, and keepLast only where a case states it', async () => {
    const asked = { operator: 'eve', service: 'clm', operation: 'readPAKs', expect: 'allow' }
    const ends = async (obligations: unknown) => {
      const path = await file(`${JSON.stringify(obligations).length}.yaml`, {
        ...CASES,
        cases: [{ ...asked, obligations }],
      })
      return (await run('test', path)).code
    }
    assert.equal(await ends([{ mask: 'pakId', keepLast: 4 }]), 0)
    assert.equal(await ends([{ mask: 'pakId', keepLast: 12 }]), 1)
    assert.equal(await ends([]), 1)
    assert.equal(await ends([{ mask: 'pakId' }, { removeField: 'pakId' }]), 1)
  })

  it('reports everything that is wrong with a file, names what is unknown, asks nothing, and ends with 2', async () => {
    const path = await file('wrong.yaml', {
      services: { clm: CLM, no: 'nothing' },
      model: MODEL,
      cases: [],
    })
    assert.match((await run('test', path)).stderr, /services\.no: there is no profile nothing/)
    const cases = [
      { operator: 'zed', service: 'clm', operation: 'readDevices', expect: 'allow' },
      { operator: 'ann', service: 'zoo', operation: 'readDevices', expect: 'allow' },
      { operator: 'ann', service: 'clm', operation: 'readDevices', object: 'planet:1', expect: 'allow' },
      { operator: 'ann', service: 'clm', request: 'GET /a/../b', expect: 'allow' },
    ]
    const model = { ...MODEL, operators: [{ account: 'ann', roles: ['ghost'], groups: ['nowhere'] }] }
    const { code, stdout, stderr } = await run('test', await file('unknown.yaml', { ...CASES, model, cases }))
    assert.deepEqual([code, stdout], [2, ''])
    for (const named of ['ghost', 'nowhere', 'zoo', 'planet', 'normal form']) assert.match(stderr, new RegExp(named))
    const second = await run('test', await file('unknown.yaml', { ...CASES, cases }))
    assert.match(second.stderr, /unknown\.yaml:\d+: cases\[0\]\.operator: there is no operator zed/)
  })

  it('refuses unknown keys and a case that asks two things', async () => {
    const base = { operator: 'ann', service: 'clm', expect: 'allow' }
    const cases = [
      { ...base, operation: 'readDevices', expected: 'deny' },
      { ...base },
      { ...base, operation: 'a', request: 'GET /' },
    ]
    const { code, stderr } = await run('test', await file('keys.yaml', { ...CASES, cases }))
    assert.equal(code, 2)
    assert.match(stderr, /cases\[0\]\.expected: is an unknown key/)
    assert.equal(stderr.match(/must have operation or request, not both/g)?.length, 2)
  })

  it('asks the stored directory and the configured services where the file has none', async () => {
    const { services: _services, model: _model, cases } = CASES
    const { code, stdout, stderr } = await run('test', await file('stored.yaml', { cases }))
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
  })
})

describe('gatehouse explain and its like', { concurrency: 2 }, () => {
  it('G-2: tells grants, statements with their distance, and what decided about the object', async () => {
    const asked = ['--operator', 'ann', '--service', 'clm', '--operation', 'writeDevices', '--object', 'device:dev-7']
    const { code, stdout } = await run('explain', ...asked)
    const { effect, conflict, hidden, trail } = JSON.parse(stdout)
    assert.deepEqual([code, effect, conflict, hidden], [1, 'deny', true, true])
    const needed = trail.find((step: { purpose?: string }) => step.purpose === 'needed')
    assert.deepEqual(
      needed.statements.map((each: { effect: string; distance: number; outcome: string }) => [
        each.effect,
        each.distance,
        each.outcome,
      ]),
      [
        ['allow', 1, 'loses-conflict'],
        ['deny', 1, 'decides'],
      ],
    )
    const object = trail.find((step: { kind: string }) => step.kind === 'object')
    assert.deepEqual(
      [object.rule, object.reason],
      ['access-list', 'its own list: named neither himself nor by a group'],
    )
    const table = await run('explain', ...asked, '--output', 'table')
    assert.match(table.stdout, /writeDevices +needed +deny \(conflict\)/)
  })

  it('ends with 0 when it is allowed, 1 for unknown operators and services, 2 for no question', async () => {
    const codeOf = async (...args: string[]) => (await run('explain', ...args)).code
    const operation = ['--operation', 'readDevices']
    assert.equal(await codeOf('--operator', 'eve', '--service', 'clm', ...operation), 0)
    assert.equal(await codeOf('--operator', 'eve', '--service', 'clm', '--request', 'POST /api/readDevices'), 0)
    assert.equal(await codeOf('--operator', 'zed', '--service', 'clm', ...operation), 1)
    assert.equal(await codeOf('--operator', 'eve', '--service', 'zoo', ...operation), 1)
    assert.equal(await codeOf('--operator', 'eve', '--service', 'clm'), 2)
    assert.equal(await codeOf('--operator', 'eve', '--service', 'clm', ...operation, '--object', 'x'), 2)
  })

  it('G-2: who may do it, and what he may do, page by page', async () => {
    const who = JSON.parse((await run('who-may', 'readDevices', '--service', 'clm', '--limit', '1')).stdout)
    assert.deepEqual([who.items.length, who.items[0].account], [1, 'ann'])
    const next = JSON.parse((await run('who-may', 'readDevices', '--service', 'clm', '--after', who.next)).stdout)
    assert.deepEqual([next.items.map((each: { account: string }) => each.account), next.next], [['eve'], null])
    const what = JSON.parse((await run('what-may', 'eve', '--service', 'clm')).stdout)
    assert.ok(what.items.some((each: { operation: string }) => each.operation === 'readDevices'))
    assert.ok(!what.items.some((each: { operation: string }) => each.operation === 'writeDevices'))
  })

  it('O-23: lint finds the conflict and the role that nobody holds, and ends with 1', async () => {
    const { code, stdout } = await run('lint')
    const findings = JSON.parse(stdout)
    assert.equal(code, 1)
    assert.deepEqual(findings[0], {
      kind: 'conflict',
      account: 'ann',
      provider: 'local',
      service: 'clm',
      resources: ['writeDevices'],
    })
    assert.deepEqual(findings[1], { kind: 'unreachable-role', role: 'unheld' })
  })

  it('plan says who gains and who loses what', async () => {
    const changed = { operators: [{ account: 'eve', provider: 'local', roles: [`${CLM}:inventory-management`] }] }
    const { code, stdout } = await run('plan', await file('change.yaml', changed))
    const { access } = JSON.parse(stdout)
    assert.deepEqual([code, access.complete], [1, true])
    const write = access.changes.find((each: { operation: string }) => each.operation === 'writeDevices')
    assert.deepEqual([write.account, write.inPrinciple], ['eve', { before: 'deny', after: 'allow' }])
    assert.deepEqual(write.gains, { count: 1, first: ['device:dev-7'] })
  })
})
