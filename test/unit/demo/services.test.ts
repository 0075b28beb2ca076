import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DEMO_SYSTEMS, type DemoServices, startDemoServices } from '../../../src/demo/services/services.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { plainText, readForms, readLinks } from '../../support/browser/document.ts'
import { browser } from '../../support/browser.ts'

/** The profile that each demo service stands for. */
const PROFILE_OF: Readonly<Record<string, string>> = {
  flexnet: 'flexnet-license-server',
  fnms: 'flexnet-manager-suite',
  openlm: 'openlm',
  'license-portal': 'license-portal',
  cisco: 'cisco-license-manager',
}
const profiles = await loadShippedProfiles()

describe('demo services', () => {
  let demo: DemoServices
  before(async () => {
    demo = await startDemoServices({ host: '127.0.0.1', ports: [] })
  })
  after(() => demo.close())

  const urlOf = (id: string) => demo.services.find((service) => service.id === id)?.url ?? assert.fail(id)
  const json = async (response: Response) => ({ status: response.status, body: await response.json() })
  const send = (url: string, method: string, body: unknown) =>
    fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

  for (const { id, title, open } of DEMO_SYSTEMS) {
    it(`${title}: the page is marked demo, its links are relative and answer`, async () => {
      const user = browser()
      const page = await user.goto(`${urlOf(id)}/`)
      assert.equal(page.status, 200)
      assert.match(plainText(page.text), /Demo: invented data/)
      assert.match(page.text, /did not come through the gateway/)
      const hrefs = readLinks(page.text).map(({ href }) => href)
      assert.ok(hrefs.length >= 3)
      const missing = open().tour.flatMap(({ path, ada }) => (ada === 404 ? [path] : []))
      for (const href of hrefs) {
        assert.doesNotMatch(href, /^\/|^[a-z]+:/)
        assert.equal((await fetch(`${urlOf(id)}/${href}`)).status, missing.includes(href) ? 404 : 200, href)
      }
    })

    it(`${title}: a button changes the data and leads back to the page`, async () => {
      const user = browser()
      const first = await user.goto(`${urlOf(id)}/`)
      const forms = readForms(first.text)
      assert.ok(forms.length > 0)
      const label = forms[0]?.buttons[0]?.text ?? ''
      const page = await user.submitForm(first, { button: label })
      assert.deepEqual(
        page.hops.map(({ status }) => status),
        [303, 200],
      )
      assert.equal(page.url.pathname, '/')
      assert.notEqual(page.text, first.text)
    })
  }

  for (const { id, title } of DEMO_SYSTEMS) {
    it(`${title}: every operation of its profile is answered`, async () => {
      const { bases, operations } = profiles.get(PROFILE_OF[id] ?? '') ?? assert.fail(id)
      const base = (bases[0] ?? '').replace('{instance}', '~')
      assert.ok(operations.length > 10)
      const unanswered: string[] = []
      for (const { name, routes } of operations) {
        const answers = routes.map(async ({ methods, path }) => {
          const [first = ''] = methods
          const method = first === '*' ? 'POST' : first
          const at = `${urlOf(id)}${base}${path.replace(/\{\w+(\.\.\.)?\}/g, 'x')}`
          return (await (await fetch(at, { method })).text()).includes('no such endpoint')
        })
        if (routes.length > 0 && !(await Promise.all(answers)).includes(false)) unanswered.push(name)
      }
      assert.deepEqual(unanswered, [])
    })
  }

  it('shows who the gateway says is asking: names decoded, the token by its claims, markup harmless', async () => {
    const claims = Buffer.from('{"sub":"op-1"}').toString('base64url')
    const headers = {
      'X-Gatehouse-Operator': 'ann@example.com',
      'X-Gatehouse-Name': 'J%C3%B6rg %3Cb%3E',
      'X-Gatehouse-Roles': '',
      'X-Gatehouse-Assertion': `e30.${claims}.c2ln`,
    }
    const markup = await (await fetch(`${urlOf('openlm')}/`, { headers })).text()
    const text = plainText(markup)
    assert.match(text, /X-Gatehouse-Operator ann@example\.com/)
    assert.match(text, /X-Gatehouse-Name Jörg <b>/)
    assert.match(text, /X-Gatehouse-Roles empty/)
    assert.match(text, /claims \{"sub":"op-1"\}/)
    assert.doesNotMatch(markup, /<b>/)
    assert.doesNotMatch(markup, /c2ln/)
  })

  it('shows no data to whom the gateway let through without a name', async () => {
    const named = await (await fetch(`${urlOf('cisco')}/`)).text()
    assert.match(named, /DEMOPAK4F2K7A11/)
    const nobody = await (await fetch(`${urlOf('cisco')}/`, { headers: { 'X-Gatehouse-Operator': '' } })).text()
    assert.doesNotMatch(nobody, /DEMOPAK4F2K7A11/)
    assert.match(nobody, /api\/readPAKs/)
  })

  it('FlexNet: groups, reservations and entries are added, read and deleted; health says that security is on', async () => {
    const base = `${urlOf('flexnet')}/api/1.0/instances/~`
    const health = await json(await fetch(`${base}/health`))
    assert.equal(health.body.security, 'enabled')
    const group = await json(await send(`${base}/reservationgroups`, 'POST', { name: 'n' }))
    assert.equal(group.status, 201)
    const own = `${base}/reservationgroups/${group.body.id}`
    const reservation = await json(await send(`${own}/reservations`, 'POST', { hostid: 'h' }))
    const entries = `${own}/reservations/${reservation.body.id}/entries`
    const entry = { feature: 'DEMO-MESH', version: '11.4', count: 1 }
    const made = await json(await send(entries, 'POST', entry))
    const [read] = (await json(await fetch(`${own}/reservations`))).body
    assert.deepEqual(read.entries, [{ id: made.body.id, reservation: reservation.body.id, ...entry }])
    assert.equal((await fetch(`${entries}/${made.body.id}`, { method: 'DELETE' })).status, 204)
    assert.equal((await fetch(own, { method: 'DELETE' })).status, 204)
    assert.equal((await fetch(own, { method: 'DELETE' })).status, 404)
  })

  it('F-7: FlexNet: an account that is created without a role has ROLE_READ; roles may be joined with +', async () => {
    const users = `${urlOf('flexnet')}/api/1.0/instances/~/users`
    const created = await json(await send(users, 'POST', { name: 'eve', password: 'long-Enough1' }))
    assert.deepEqual(created.body, { name: 'eve', roles: ['ROLE_READ'] })
    const changed = await json(await send(`${users}/eve`, 'PUT', { roles: 'ROLE_ADMIN+ROLE_READ' }))
    assert.deepEqual(changed.body, { name: 'eve', roles: ['ROLE_ADMIN', 'ROLE_READ'] })
  })

  it('F-17: FlexNet: revoking the licensing key answers 410, again and again', async () => {
    const key = `${urlOf('flexnet')}/api/1.0/instances/~/rest_licensing_keys`
    for (let time = 0; time < 2; time += 1) assert.equal((await fetch(key, { method: 'DELETE' })).status, 410)
  })

  it('C-14: Cisco: a user without a role has report management; names and passwords are 1 to 64 characters x21 to x7A', async () => {
    const create = (user: string, password: string) =>
      send(`${urlOf('cisco')}/api/createUser`, 'POST', { user, password })
    assert.equal((await json(await create('eve', 'z'.repeat(64)))).body.role, 'report-management')
    for (const wrong of ['', 'x'.repeat(65), 'a b', 'a{', 'ä']) {
      assert.equal((await create(wrong, 'secret')).status, 400, wrong)
      assert.equal((await create('eve', wrong)).status, 400, wrong)
    }
  })

  it('Cisco: creating PAKs answers their ids', async () => {
    const wanted = [{ pakId: 'DEMOPAK5', sku: 'DEMO', quantity: 1 }]
    const { body } = await json(await send(`${urlOf('cisco')}/api/createPAKs`, 'POST', { paks: wanted }))
    assert.match(body.paks[0].id, /^pak-\d+$/)
    const { paks } = (await json(await fetch(`${urlOf('cisco')}/api/readPAKs`))).body
    assert.ok(paks.some(({ id }: { id: string }) => id === body.paks[0].id))
  })

  it('OpenLM: a panel is filtered, and exported as CSV', async () => {
    const panel = `${urlOf('openlm')}/api/currently-consumed-licenses`
    assert.equal((await json(await fetch(`${panel}?user=milo`))).body.total, 1)
    const exported = await fetch(`${panel}?format=csv`)
    assert.match(exported.headers.get('content-type') ?? '', /^text\/csv/)
    assert.match(await exported.text(), /^id,server,.*\r\nU-501,demo-basel,/)
  })

  it('refuses bodies out of shape with 400 and the name of the field, unknown endpoints with 404', async () => {
    const url = `${urlOf('openlm')}/api/projects`
    const wrong = await json(await send(url, 'POST', { name: 'x', priority: 'high' }))
    assert.equal(wrong.status, 400)
    assert.match(wrong.body.detail, /priority/)
    assert.equal((await send(url, 'POST', { name: 'x', priority: 1, extra: 1 })).status, 400)
    const headers = { 'content-type': 'application/json' }
    assert.equal((await fetch(url, { method: 'POST', headers, body: '{' })).status, 400)
    assert.equal((await fetch(`${urlOf('openlm')}/api/nowhere`)).status, 404)
  })
})
