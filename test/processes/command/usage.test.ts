/** The words of the command, its exit codes, and where it prints to (contract section 8). */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { freePort, gatehouse, ROOT, startGatehouse, startProgram } from '../../support/process.ts'

let folder: string
let file: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-usage-'))
  file = join(folder, 'gatehouse.yaml')
  const metadata = { entityId: 'urn:idp', ssoUrl: 'https://idp.example/sso', certificates: [await certificate()] }
  const providers = [{ id: 'okta', metadata, loginAttribute: 'EmpNo' }]
  const config = { publicUrl: 'https://licences.example.com', listen: { port: await freePort() }, dataDir: 'data' }
  await writeFile(file, stringify({ ...config, identityProviders: providers, keys: { cookies: `$\{COOKIE_KEY}` } }))
})
after(() => rm(folder, { recursive: true, force: true }))

async function certificate(): Promise<string> {
  const { generate } = await import('selfsigned')
  return (await generate([{ name: 'commonName', value: 'idp' }], { keySize: 2048, algorithm: 'sha256' })).cert
}

const env = { COOKIE_KEY: Buffer.alloc(32, 1).toString('base64') }
const run = (...args: string[]) => gatehouse([...args, '--config', file], { env })

describe('words that the command does not know', { concurrency: 2 }, () => {
  for (const [args, says] of [
    [['servee'], /^error: unknown command 'servee'\n/],
    [['--confg', 'x'], /^error: unknown option '--confg'\n/],
    [['operators'], /^Usage: gatehouse operators /],
    [['operators', 'rename'], /^error: unknown command 'rename'\n/],
    [['operators', 'create'], /^error: missing required argument 'account'\n/],
    [['check-config', 'more'], /^error: too many arguments for 'check-config'/],
    [['config', 'show', '--output', 'xml'], /^error: option '--output <format>' argument 'xml' is invalid. Allowed/],
    [['serve', '--log-level', 'loud'], /^error: option '--log-level <level>' argument 'loud' is invalid. Allowed/],
  ] as const) {
    it(`gatehouse ${args.join(' ')}: exit 2 and the usage on standard error`, async () => {
      const { code, stdout, stderr } = await gatehouse(args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, says)
      assert.match(stderr, /^Usage: gatehouse/m)
    })
  }

  for (const args of [['--help'], ['operators', 'grant', '--help'], ['help']]) {
    it(`gatehouse ${args.join(' ')}: exit 0 and the usage on standard output`, async () => {
      const { code, stdout, stderr } = await gatehouse(args)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^Usage: gatehouse/)
    })
  }
})

describe('the configuration file', { concurrency: 2 }, () => {
  it('is the one of --config, before GATEHOUSE_CONFIG', async () => {
    const surroundings = { env: { ...env, GATEHOUSE_CONFIG: join(folder, 'gone.yaml') } }
    const named = await gatehouse(['check-config', '--config', file], surroundings)
    assert.deepEqual([named.code, named.stdout], [0, `${file}: no problems\n`])
    const other = await gatehouse(['check-config'], surroundings)
    assert.equal(other.code, 2)
    assert.match(other.stderr, /^the file \(\/.+\/gone\.yaml\): the configuration file cannot be read \(ENOENT\)\n$/)
  })

  it('is config/gatehouse.yaml of the working directory when none is named, and options may stand before the command', async () => {
    const { code, stderr } = await gatehouse(['--output', 'json', 'config', 'show'], { cwd: folder })
    assert.equal(code, 2)
    assert.match(stderr, new RegExp(`^the file \\(${folder}/config/gatehouse\\.yaml\\)`))
  })

  it('is served when no command is named, until the program that was started is told to stop', async () => {
    for (const start of [
      () => startGatehouse([], { env: { ...env, GATEHOUSE_CONFIG: file } }),
      () => startGatehouse(['--config', file], { env }),
      () => startProgram('npm', ['start', '--', '--config', file], { env }),
      () => startProgram('npm', ['start'], { env: { ...env, GATEHOUSE_CONFIG: file } }),
      () => startProgram('npx', ['gatehouse', 'serve', '--config', file], { env }),
    ]) {
      const running = start()
      await running.says('"event":"listening"')
      running.signal('SIGTERM')
      const { stdout } = await running.ended
      assert.doesNotMatch(stdout, /^\{/m, 'logs are no results')
      assert.ok(!(await readdir(join(folder, 'data'))).includes('gatehouse.pid'))
    }
  })
})

describe('config show', { concurrency: 2 }, () => {
  it('lists every setting with its origin and hides secrets', async () => {
    const { code, stdout, stderr } = await run('config', 'show', '--output', 'json')
    assert.deepEqual([code, stderr], [0, ''])
    const settings: { key: string; value: unknown; origin: string }[] = JSON.parse(stdout)
    const find = (key: string) => settings.find((each) => each.key === key)
    assert.deepEqual(find('publicUrl'), { key: 'publicUrl', value: 'https://licences.example.com', origin: 'file' })
    assert.deepEqual(find('session.timeoutMinutes'), { key: 'session.timeoutMinutes', value: 720, origin: 'default' })
    assert.deepEqual(find('keys.cookies'), { key: 'keys.cookies', value: '(secret)', origin: 'file' })
    assert.ok(!stdout.includes(env.COOKIE_KEY))
  })

  it('is a table for readers', async () => {
    const { stdout } = await run('config', 'show', '--output', 'table')
    assert.match(stdout, /^KEY +VALUE +ORIGIN *\n/)
    assert.match(stdout, /^publicUrl +"https:\/\/licences\.example\.com" +file *$/m)
  })
})

describe('saml values', { concurrency: 2 }, () => {
  it('gives what an identity provider asks for, as JSON', async () => {
    const { code, stdout } = await run('saml', 'values')
    assert.equal(code, 0)
    const own = 'https://licences.example.com/.gatehouse/saml'
    const { entityId, acsUrl, metadataUrl, identityProviders } = JSON.parse(stdout)
    assert.deepEqual([entityId, acsUrl, metadataUrl], [`${own}/metadata`, `${own}/acs`, `${own}/metadata`])
    assert.deepEqual([identityProviders[0].loginAttribute, identityProviders[0].adminAttribute], ['EmpNo', 'FnmsAdmin'])
  })

  it('gives the same as a table, without touching the data directory', async () => {
    const { stdout } = await run('saml', 'values', '--output', 'table')
    assert.match(stdout, /^Single sign-on URL.+ https:\/\/licences\.example\.com\/\.gatehouse\/saml\/acs *$/m)
    assert.match(stdout, /^okta: account is taken from +EmpNo *$/m)
  })

  it('knows no sign-in under a made-up reference: exit 1', async () => {
    const { code, stdout, stderr } = await run('saml', 'trace', 'x\u001b[31m')
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(stderr, 'no sign-in is kept under the reference x\\u001b[31m\n')
  })
})

it('check-config as JSON is a result, with the problems in it', async () => {
  const bad = join(folder, 'bad.yaml')
  await writeFile(bad, 'publicUrl: nowhere\n')
  const { code, stdout, stderr } = await gatehouse(['check-config', '--config', bad, '--output', 'json'])
  assert.deepEqual([code, stderr], [2, ''])
  const { ok, problems } = JSON.parse(stdout)
  assert.deepEqual([ok, problems.length, problems[0].key], [false, 1, 'publicUrl'])
})

const OLD_NODE = findOldNode()

it('an older Node is told so before anything is loaded: exit 2', {
  skip: OLD_NODE === null && 'no older Node here',
}, async () => {
  const { code, stdout, stderr } = await startProgram(OLD_NODE ?? '', ['src/gatehouse.js', '--help'], { cwd: ROOT })
    .ended
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /^gatehouse needs Node\.js 24 or newer; this is \d+\./)
})

/** A Node below 24 on this machine, outside the project. */
function findOldNode(): string | null {
  for (const place of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      const major = Number(execFileSync(place, ['-p', 'parseInt(process.versions.node)'], { stdio: 'pipe' }))
      if (major < 24) return place
    } catch {
      // There is none in this place.
    }
  }
  return null
}
