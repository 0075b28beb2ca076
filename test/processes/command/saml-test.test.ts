/** `gatehouse saml test FILE`: a message tried out without a session (S-20). */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { stringify } from 'yaml'
import { trialOf } from '../../../src/cli/saml-trial-run.ts'
import { silentLog } from '../../../src/core/log.ts'
import { instant, systemClock } from '../../../src/core/time.ts'
import { CHECKS } from '../../../src/signin/saml/checks.ts'
import { openStoreForCommand } from '../../../src/store/open.ts'
import type { TraceRow } from '../../../src/store/ports.ts'
import { testWriter } from '../../support/chain-writer.ts'
import { type Ended, startGatehouse, startProgram } from '../../support/process.ts'
import { encryptAssertion } from '../../support/saml/encrypt.ts'
import { own, provider } from '../../support/saml/identities.ts'
import {
  ACS,
  encode,
  ISSUER,
  messageXml,
  minutesFromNow,
  NOW,
  REQUEST_ID,
  responseXml,
} from '../../support/saml/response.ts'
import { sign } from '../../support/saml/sign.ts'

const AT = '2030-01-31T08:00:00Z'
const USER = 'web-application:user'
const { origin } = new URL(ACS)

let folder: string
let configFile: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-saml-test-'))
  configFile = await configure('plain', {})
})
after(() => rm(folder, { recursive: true, force: true }))

/** Writes a configuration whose provider `idp` sent the written messages. */
async function configure(name: string, settings: object): Promise<string> {
  const file = join(folder, `${name}.yaml`)
  const metadata = { entityId: ISSUER, ssoUrl: 'https://idp.example.com/sso', certificates: [provider.certificate] }
  const want = { signedResponse: false, signedAssertion: true, encryptedAssertion: false }
  const config = {
    publicUrl: origin,
    dataDir: `data-${name}`,
    session: { timeoutMinutes: 30, samlOffsetMinutes: 5 },
    serviceProvider: { decryption: [{ key: own.key, cert: own.certificate }] },
    identityProviders: [{ id: 'idp', metadata, want, ...settings }],
    services: [{ id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream: 'http://127.0.0.1:9' }],
  }
  await writeFile(file, stringify(config))
  return file
}

let files = 0
async function fileWith(content: string | Buffer): Promise<string> {
  files += 1
  const file = join(folder, `message-${files}`)
  await writeFile(file, content)
  return file
}

async function run(file: string, ...options: string[]): Promise<Ended> {
  return startGatehouse(['saml', 'test', file, '--config', configFile, ...options]).ended
}

/** The trial that the command prints, and the code it ends with. */
async function tried(
  content: string | Buffer,
  { config = configFile, at = NOW, requestId }: { config?: string; at?: number; requestId?: string } = {},
) {
  const trial = await trialOf(await fileWith(content), { config, at: instant(at), requestId })
  return { trial, row: trial.rows.find(({ outcome }) => outcome === 'failed') }
}

const attribute = (name: string, ...values: string[]) =>
  `<saml:Attribute Name="${name}">${values.map((each) => `<saml:AttributeValue>${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`

describe('gatehouse saml test', { concurrency: 2 }, () => {
  test('S-20: a message that would sign in: the whole table, account, roles and end of the session; exit 0', async () => {
    const config = await configure('mapped', {
      adminAttribute: 'FnmsAdmin',
      groups: { attribute: 'groups', map: { users: [USER], ghosts: ['web-application:ghost'] }, mode: 'additive' },
      entry: { attribute: 'groups', anyOf: ['users'] },
    })
    const attributes = attribute('FnmsAdmin', 'TRUE') + attribute('groups', 'users', 'ghosts', 'others')
    const file = await fileWith(messageXml({ values: { attributes } }))
    const { code, stdout, stderr } = await startGatehouse(['saml', 'test', file, '--at', AT, '--config', config]).ended
    assert.deepEqual([code, stderr], [0, ''])
    const { rows, notes, signed, signIn, ...rest } = JSON.parse(stdout)
    assert.deepEqual(rest, {
      wouldSignIn: true,
      outcome: 'signed-in',
      cause: 'Every check passed.',
      at: '2030-01-31T08:00:00.000Z',
      provider: 'idp',
      request: { id: REQUEST_ID, assumed: true },
    })
    assert.deepEqual(
      rows.map(({ check }: TraceRow) => check),
      CHECKS.map(({ name }) => name),
    )
    assert.deepEqual(
      rows.map(({ outcome }: TraceRow) => outcome),
      CHECKS.map((_, index) => (index < CHECKS.length - 2 ? 'passed' : 'not-reached')),
    )
    assert.match(notes.join('\n'), /"_request1", which the message names, is taken for under way/)
    assert.match(notes.join('\n'), /Not tried: "request answered once"/)
    assert.match(notes.join('\n'), /web-application:ghost, which does not exist/)
    assert.deepEqual([signed.assertionId, signed.nameId], ['_assertion1', 'ann@example.com'])
    assert.deepEqual(signed.attributes[1], { name: 'groups', values: ['users', 'ghosts', 'others'] })
    const role = (name: string, source: string, locked: boolean) => {
      return { name, service: null, source, locked, expiresAt: null }
    }
    assert.deepEqual(signIn, {
      account: 'ann@example.com',
      exists: false,
      operator: {
        displayName: null,
        email: null,
        enabled: true,
        roles: [role('administrator', 'assertion', true), role(USER, 'group', false)],
      },
      changes: [
        { event: 'operator.created', role: null, service: null, group: null },
        { event: 'role.granted', role: 'administrator', service: null, group: null },
        { event: 'role.granted', role: USER, service: null, group: null },
      ],
      adminAttribute: { name: 'FnmsAdmin', asserted: 'true' },
      groups: {
        attribute: 'groups',
        values: ['users', 'ghosts', 'others'],
        roles: [
          { name: USER, service: null },
          { name: 'web-application:ghost', service: null },
        ],
        memberships: [],
      },
      entry: { attribute: 'groups', values: ['users'] },
      session: { expiresAt: '2030-01-31T08:35:00.000Z', secondsLeft: 2100, governedBy: 'timeout' },
    })
  })

  test('S-20: it touches nothing: no data directory is made, and a store that is there stays as it is', async () => {
    const config = await configure('kept', { adminAttribute: 'FnmsAdmin', adminMode: 'authoritative' })
    const dataDir = join(folder, 'data-kept')
    const admin = messageXml({ values: { attributes: attribute('FnmsAdmin', 'true') } })
    assert.equal((await tried(admin, { config })).trial.outcome, 'signed-in')
    assert.equal(existsSync(dataDir), false)

    const stores = { directory: 'sqlite', sessions: 'sqlite', redis: null, graceSeconds: 30 } as const
    const session = { timeoutMinutes: 30 }
    const store = await openStoreForCommand(
      { stores, dataDir, session },
      { writer: testWriter(), clock: systemClock, log: silentLog },
    )
    const created = { id: 'op-1', provider: 'idp', account: 'ann@example.com', displayName: 'Ann', email: null }
    await store.operators.create({ ...created, createdAt: instant(0) })
    const grant = {
      role: 'administrator',
      service: null,
      source: 'assertion',
      locked: true,
      expiresAt: null,
      scope: null,
    } as const
    await store.operators.putGrant('op-1', grant)
    await store.close()
    const before = dump(dataDir)

    const kept = await tried(admin, { config })
    assert.deepEqual(
      [kept.trial.outcome, kept.trial.signIn?.exists, kept.trial.signIn?.changes],
      ['signed-in', true, []],
    )
    const withdrawn = await tried(messageXml({ values: { attributes: '' } }), { config })
    assert.deepEqual([withdrawn.trial.outcome, withdrawn.trial.wouldSignIn], ['NO_ROLE', false])
    assert.deepEqual(withdrawn.trial.signIn?.changes, [
      { event: 'role.revoked', role: 'administrator', service: null, group: null },
    ])
    assert.match(withdrawn.trial.notes.join('\n'), /the last usable administrator/)
    assert.equal(withdrawn.trial.signIn?.session, null)
    assert.deepEqual(dump(dataDir), before)
  })

  test('S-20: a refused message names the failed row, both values and where to mend it', async () => {
    const wrong = 'https://licences.example.com/.gatehouse/saml/Metadata'
    const { trial, row } = await tried(messageXml({ values: { audience: wrong } }))
    assert.deepEqual([trial.wouldSignIn, trial.outcome], [false, 'SAML_AUDIENCE_WRONG'])
    assert.equal(row?.check, 'audience')
    assert.equal(row?.received, `"${wrong}"`)
    assert.match(row?.hint ?? '', /Okta: .*\nEntra ID: .*\nAD FS: .*\nKeycloak: .*\nShibboleth: /)
    assert.equal(trial.signed?.nameId, 'ann@example.com', 'what is signed is shown all the same')
    assert.equal(trial.signIn, null)
  })

  test('S-20: Sign In Failure is a refusal too: unknown account, no role', async () => {
    const closed = await configure('closed', { createUnknownOperator: false })
    const unknown = await tried(messageXml(), { config: closed })
    assert.equal(unknown.trial.outcome, 'ACCOUNT_UNKNOWN')
    assert.deepEqual([unknown.trial.signIn?.exists, unknown.trial.signIn?.operator], [false, null])
    const roleless = await tried(messageXml())
    assert.deepEqual([roleless.trial.outcome, roleless.trial.wouldSignIn], ['NO_ROLE', false])
    assert.match(roleless.trial.cause, /Assign one/)
  })

  test('S-20, N-5: a misspelt admin attribute is noted', async () => {
    const attributes = attribute('fnmsadmin', 'true')
    const { trial } = await tried(messageXml({ values: { attributes } }))
    assert.equal(trial.signIn?.adminAttribute?.asserted, 'absent')
    assert.match(trial.notes.join('\n'), /named "fnmsadmin", expected is exactly FnmsAdmin/)
  })

  test('S-20: it judges at the time that is given, and against a request that is named', async () => {
    const late = await tried(messageXml(), { at: NOW + 11 * 60_000 })
    assert.deepEqual([late.trial.outcome, late.trial.at], ['SAML_EXPIRED', '2030-01-31T08:11:00.000Z'])
    assert.match(late.trial.notes.join('\n'), /--at 2030-01-31T08:00:00\.000Z judges it as it was then/)
    const other = await tried(messageXml(), { requestId: '_other' })
    assert.deepEqual(
      [other.trial.outcome, other.trial.request],
      ['SAML_REQUEST_UNKNOWN', { id: '_other', assumed: false }],
    )
    const same = await tried(messageXml(), { requestId: REQUEST_ID })
    assert.equal(same.trial.outcome, 'NO_ROLE')
    assert.doesNotMatch(same.trial.notes.join('\n'), /taken for under way/)
  })

  test('S-20, S-3: an unsolicited message says what the gateway would do with it', async () => {
    const { trial } = await tried(messageXml({ values: { inResponseTo: null, responseInResponseTo: null } }))
    assert.deepEqual([trial.outcome, trial.request], ['SAML_UNSOLICITED_REFUSED', null])
    assert.match(trial.notes.join('\n'), /discard it unread and start a sign-in/)
  })

  test('S-20, S-10: an encrypted message opens with the configured key', async () => {
    const xml = encryptAssertion(
      sign(responseXml({ sessionNotOnOrAfter: minutesFromNow(10) }), '_assertion1', { by: provider }),
      { to: own },
    )
    const config = await configure('users', { groups: { attribute: 'mail', map: { 'ann@example.com': [USER] } } })
    const { trial } = await tried(xml, { config })
    assert.equal(trial.outcome, 'signed-in')
    assert.deepEqual(trial.signIn?.session, {
      expiresAt: '2030-01-31T08:15:00.000Z',
      secondsLeft: 900,
      governedBy: 'session-not-on-or-after',
    })
  })

  test('S-20: XML, base64 and forms are taken, from a file and from standard input', async () => {
    const field = encode(messageXml())
    const forms = {
      base64: field,
      'base64 in lines': field.replace(/.{76}/g, '$&\r\n'),
      'a form': new URLSearchParams({ RelayState: '0123abcd', SAMLResponse: field }).toString(),
      'a raw field': `SAMLResponse=${field}`,
      'XML with a mark': `\ufeff${messageXml()}`,
    }
    for (const [what, content] of Object.entries(forms))
      assert.equal((await tried(content)).trial.outcome, 'NO_ROLE', what)
    const args = ['-c', `exec "$0" src/gatehouse.js saml test - --at ${AT} --config "$1" < "$2"`]
    const places = [process.execPath, configFile, await fileWith(field)]
    const { code, stdout } = await startProgram('/bin/sh', [...args, ...places], {}).ended
    assert.deepEqual([code, JSON.parse(stdout).outcome], [1, 'NO_ROLE'])
  })

  test('S-20: what is no message is refused by the table like a post of it', async () => {
    for (const [content, received] of [
      ['', null],
      ['{"a":1}', null],
      [Buffer.from(messageXml(), 'utf16le'), null],
      [`SAMLResponse=a&SAMLResponse=b`, 'more than one SAMLResponse'],
      [`SAMLResponse=a&RelayState=b&RelayState=c`, 'more than one RelayState'],
    ] as const) {
      const { trial, row } = await tried(content)
      assert.deepEqual([trial.outcome, trial.signed], ['SAML_MALFORMED', null])
      if (received !== null) assert.equal(row?.received, received)
    }
  })

  test('S-20: the table for a reader has every row, the failed one with a line per product, and the sign-in', async () => {
    const file = await fileWith(messageXml({ values: { audience: 'https://x\u202e.example' } }))
    const [refused, roleless] = await Promise.all([
      run(file, '--at', AT, '--output', 'table'),
      run(await fileWith(messageXml()), '--at', '2030-01-31T09:00+01:00', '--output', 'table'),
    ])
    assert.equal(refused.code, 1)
    assert.match(refused.stdout, /^Result +would be refused *$/m)
    for (const { name } of CHECKS) assert.ok(refused.stdout.includes(`\n${name} `), name)
    assert.match(refused.stdout, /^audience +failed *$/m)
    assert.match(refused.stdout, /^Received +"https:\/\/x\\u202e\.example" *$/m)
    assert.match(refused.stdout, /^Keycloak +Client > Settings: Client ID is our entity id\. *$/m)
    assert.match(roleless.stdout, /^Account +ann@example\.com *$/m)
    assert.match(roleless.stdout, /^Roles +none *$/m)
  })

  test('S-20: bad usage, configuration and files end with exit 2', async () => {
    const file = await fileWith(messageXml())
    const cases = [
      [[], /missing required argument 'file'/],
      [[file, '--at', '2030-01-31T08:00:00'], /time with its zone/],
      [[join(folder, 'nothing')], /nothing: ENOENT/],
      [[file, '--config', join(folder, 'none.yaml')], /none\.yaml/],
    ] as const
    for (const [args, says] of cases) {
      const { code, stdout, stderr } = await startGatehouse(['saml', 'test', '--config', configFile, ...args]).ended
      assert.deepEqual([code, stdout], [2, ''], args.join(' '))
      assert.match(stderr, says)
    }
    const options = { config: configFile, at: instant(NOW), requestId: undefined }
    const tooLarge = await fileWith('x'.repeat(5_000_000))
    await assert.rejects(trialOf(tooLarge, options), { code: 'CONFIG_INVALID', message: /larger than 4 MiB/ })
    await assert.rejects(trialOf(folder, options), { code: 'CONFIG_INVALID', message: /EISDIR/ })
  })
})

/** Everything in the database. */
function dump(dataDir: string): Record<string, unknown[]> {
  const db = new Database(join(dataDir, 'gatehouse.db'), { readonly: true })
  try {
    const tables = db
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .pluck()
      .all() as string[]
    return Object.fromEntries(tables.map((name) => [name, db.prepare(`select * from "${name}"`).all()]))
  } finally {
    db.close()
  }
}
