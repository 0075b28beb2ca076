/** `npm start` on a bare machine: what it prints is true. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Browser, browser, type Page } from '../../support/browser.ts'
import {
  freePorts,
  gatehouse,
  isTaken,
  ROOT,
  type Running,
  startGatehouse,
  startProgram,
} from '../../support/process.ts'

interface Printed {
  /** Addresses of the services, in the printed order. */
  readonly services: readonly string[]
  readonly session: string
  readonly provider: string
  /** Account → what is said of it. */
  readonly accounts: ReadonlyMap<string, string>
}

/** Reads what the demo printed, as a reader would. */
function readPrinted(text: string): Printed {
  const rows = [...text.matchAll(/^ {2}(\S+) {2,}(.+)$/gm)].map(([, left = '', right = '']) => [left, right] as const)
  const addresses = rows.map(([left]) => left).filter((left) => left.startsWith('http'))
  const named = (part: string) =>
    rows.find(([left, right]) => left.startsWith('http') && right.includes(part))?.[0] ?? ''
  const [session, provider] = [named('your session'), named('identity provider')]
  return {
    services: addresses.filter((each) => each !== session && each !== provider),
    session,
    provider,
    accounts: new Map(rows.filter(([left]) => left.includes('@'))),
  }
}

function accountWhere(printed: Printed, part: string): string {
  const [account] = [...printed.accounts].find(([, outcome]) => outcome.includes(part)) ?? []
  assert.ok(account, `no account is printed whose outcome has "${part}"`)
  return account
}

/** Opens a service's page, which needs nobody, and from there what does. */
async function signIn(at: string, account: string): Promise<{ visitor: Browser; page: Page }> {
  const visitor = browser()
  await visitor.goto(at)
  await visitor.click('api/1.0/instances/~/features')
  await visitor.submitForm(visitor.page(), { button: account })
  return { visitor, page: await visitor.submitForm() }
}

async function sessionOf(visitor: Browser, { session }: Printed) {
  const answer = await visitor.fetch(session, { headers: { accept: 'application/json' } })
  assert.equal(answer.status, 200)
  return JSON.parse(answer.text)
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

const NPM_PORTS = [8080, 8081, 8082, 8083, 8084, 8085, 8086]

describe('npm start', { concurrency: false }, () => {
  let demo: Running
  let printed: Printed
  before(async () => {
    const taken = (await Promise.all(NPM_PORTS.map(isTaken))).some(Boolean)
    assert.ok(!taken, `this test needs the ports ${NPM_PORTS.join(', ')}; something listens on one of them`)
    demo = startProgram('npm', ['start'], {})
    await demo.says('Ctrl-C', 40)
    printed = readPrinted(demo.stdout())
  })
  after(async () => {
    demo.signal('SIGTERM')
    await demo.ended
  })

  it('prints five services, the session, the provider and four accounts', () => {
    assert.equal(printed.services.length, 5)
    assert.equal(printed.session, 'http://localhost:8080/.gatehouse/session')
    assert.equal(printed.provider, 'http://localhost:8081/')
    assert.equal(printed.accounts.size, 4)
  })

  it('N-4: the printed administrator enters, with the role locked', async () => {
    const { visitor, page } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'FnmsAdmin'))
    assert.equal(page.status, 200)
    const { operator, governedBy } = await sessionOf(visitor, printed)
    const administrator = operator.roles.find(({ name }: { name: string }) => name === 'administrator')
    assert.deepEqual(administrator, { name: 'administrator', service: null, source: 'assertion', locked: true })
    assert.equal(governedBy, 'timeout')
  })

  it('the printed operator gets a page of every printed service', async () => {
    const { visitor } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'on every service'))
    for (const service of printed.services) {
      const page = await visitor.goto(service)
      assert.equal(page.status, 200, service)
      assert.equal(page.url.href, service)
      assert.match(page.text, /demo/i)
    }
  })

  it('the printed operator gets what the rules of each service leave of its answers', async () => {
    const { visitor } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'on every service'))
    const ask = (path: string, method = 'GET') =>
      visitor.fetch(`http://localhost:8080${path}`, { method, headers: { accept: 'application/json' } })
    const json = async (path: string) => JSON.parse((await ask(path)).text)
    const { paks, total } = await json('/cisco/api/readPAKs')
    assert.deepEqual([paks.length, total, paks[0].pakId], [2, 2, '***********7A11'])
    assert.deepEqual(ids((await json('/cisco/api/readDevices')).devices), ['dev-1', 'dev-2', 'dev-9'])
    assert.deepEqual(ids((await json('/fnms/Suite/licenses')).items), ['L-101', 'L-103'])
    const panel = '/openlm/api/currently-consumed-licenses'
    assert.deepEqual((await json(panel)).rows, [
      { id: 'U-501', server: 'demo-basel', feature: 'DEMO-CAD-PRO', user_name: 'lena', workstation: 'demo-ws-014' },
      { id: 'U-502', server: 'demo-lyon', feature: 'DEMO-MESH', user_name: 'milo', workstation: 'demo-ws-021' },
    ])
    assert.match((await ask(`${panel}?format=csv`)).text, /^id,server,feature,user_name,workstation\r?\n/)
    const groups = '/flexnet/api/1.0/instances/~/reservationgroups'
    assert.equal((await ask(`${groups}/G-2`, 'DELETE')).status, 403)
    assert.equal((await ask(`${groups}/G-1`, 'DELETE')).status, 204)
    assert.equal((await ask('/fnms/Suite/inventory')).status, 404)
  })

  it('N-2: the printed unknown operator reads Sign In Failure and has no session', async () => {
    const { visitor, page } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'Sign In Failure'))
    assert.equal(page.status, 403)
    assert.match(page.text, /Sign In Failure/)
    const session = await visitor.fetch(printed.session, { headers: { accept: 'application/json' } })
    assert.equal(session.status, 401)
  })

  it('S-16: the printed short session ends when its provider says', async () => {
    const { visitor, page } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'SessionNotOnOrAfter'))
    assert.equal(page.status, 200)
    const { governedBy, secondsLeft } = await sessionOf(visitor, printed)
    assert.equal(governedBy, 'session-not-on-or-after')
    assert.ok(secondsLeft > 14 * 60 && secondsLeft <= 15 * 60, `${secondsLeft} s left`)
  })

  it('S-3: a sign-in started at the provider opens the page that it names', async () => {
    const visitor = browser()
    await visitor.goto(printed.provider)
    await visitor.submitForm(visitor.page(), { button: accountWhere(printed, 'on every service') })
    const page = await visitor.submitForm()
    assert.equal(page.status, 200)
    assert.equal(page.url.href, 'http://localhost:8080/flexnet/')
  })

  it('stops as a whole on SIGTERM to npm, and leaves no port and no process', async () => {
    demo.signal('SIGTERM')
    assert.equal((await demo.ended).code, 0)
    for (const port of NPM_PORTS) assert.equal(await isTaken(port), false, `${port}`)
    assert.throws(() => process.kill(-demo.pid, 0), { code: 'ESRCH' })
  })
})

describe('gatehouse demo', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function start(): Promise<{ demo: Running; port: number; args: string[] }> {
    const port = await freePorts(7)
    const args = ['demo', '--port', String(port), '--data', folder]
    const demo = startGatehouse(args)
    await demo.says('Ctrl-C')
    return { demo, port, args }
  }

  it('stops cleanly on the two SIGINTs that npm and the terminal send', async () => {
    const { demo, port } = await start()
    demo.signal('SIGINT')
    demo.signal('SIGINT')
    assert.equal((await demo.ended).code, 0)
    assert.equal(demo.stderr(), '')
    for (const each of [port, port + 1, port + 6]) assert.equal(await isTaken(each), false)
  })

  it('keeps a refused sign-in under its reference, which saml trace shows beside it', async () => {
    const { demo, port, args } = await start()
    try {
      const printed = readPrinted(demo.stdout())
      const { page } = await signIn(printed.services[0] ?? '', accountWhere(printed, 'Sign In Failure'))
      const reference = /Reference: <code>([A-Z0-9-]+)</.exec(page.text)?.[1] ?? ''
      const env = demoEnvironment(port, folder)
      const trace = (...more: string[]) =>
        gatehouse(['saml', 'trace', reference, '--config', 'config/demo/gatehouse.yaml', ...more], { env, cwd: ROOT })
      const { code, stdout, stderr } = await trace()
      assert.equal(code, 0, `${reference}: ${stderr}`)
      const kept = JSON.parse(stdout)
      assert.equal(kept.reference, reference)
      assert.match(kept.cause, /no role/)
      assert.ok(kept.rows.every(({ outcome }: { outcome: string }) => outcome === 'passed'))
      const table = await trace('--output', 'table')
      assert.match(table.stdout, new RegExp(`Reference +${reference}`))
      assert.match(table.stdout, /^CHECK +OUTCOME/m)

      const again = await gatehouse([...args.slice(0, 2), String(await freePorts(7)), '--data', folder])
      assert.equal(again.code, 2)
      assert.match(again.stderr, /^--data \(.+\): a gateway is running on it; .+\n$/)
    } finally {
      demo.signal('SIGTERM')
    }
    assert.equal((await demo.ended).code, 0)
  })

  it('refuses a folder that cannot be written and a port that cannot be one, exit 2', async () => {
    const unwritable = await gatehouse(['demo', '--port', '28800', '--data', join(ROOT, 'package.json', 'x')])
    assert.deepEqual([unwritable.code, unwritable.stdout], [2, ''])
    assert.match(unwritable.stderr, /^--data \(.+\): cannot be written .+\n$/)
    const nonsense = await gatehouse(['demo', '--port', '65530', '--data', folder])
    assert.equal(nonsense.code, 2)
    assert.match(nonsense.stderr, /^--port 65530: .+\n$/)
  })
})

/** What the demo sets for its configuration. */
function demoEnvironment(port: number, folder: string): Record<string, string> {
  const services = ['FLEXNET', 'FNMS', 'OPENLM', 'LICENSE_PORTAL', 'CISCO']
  const ports = services.map((name, index) => [`GATEHOUSE_DEMO_${name}`, String(port + 2 + index)])
  return { GATEHOUSE_DEMO_PORT: String(port), GATEHOUSE_DEMO_DATA: folder, ...Object.fromEntries(ports) }
}
