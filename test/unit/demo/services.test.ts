import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DEMO_SYSTEMS, type DemoServices, startDemoServices } from '../../../src/demo/services/services.ts'
import { plainText, readForms, readLinks } from '../../support/browser/document.ts'
import { browser } from '../../support/browser.ts'

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

  for (const { id, title } of DEMO_SYSTEMS) {
    it(`${title}: the page is marked demo, its links are relative and answer`, async () => {
      const user = browser()
      const page = await user.goto(`${urlOf(id)}/`)
      assert.equal(page.status, 200)
      assert.match(plainText(page.text), /Demo: invented data/)
      assert.match(page.text, /did not come through the gateway/)
      const hrefs = readLinks(page.text).map(({ href }) => href)
      assert.ok(hrefs.length >= 3)
      for (const href of hrefs) {
        assert.doesNotMatch(href, /^\/|^[a-z]+:/)
        const reply = await json(await fetch(`${urlOf(id)}/${href}`))
        assert.equal(reply.status, 200, href)
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

  it('FlexNet: a reservation group can be added, read and deleted; health says that security is on', async () => {
    const base = `${urlOf('flexnet')}/api/1.0/instances/~`
    const health = await json(await fetch(`${base}/health`))
    assert.equal(health.body.security, 'enabled')
    const made = await json(
      await send(`${base}/reservationgroups`, 'POST', { name: 'n', feature: 'DEMO-MESH', count: 1, hostid: 'h' }),
    )
    assert.equal(made.status, 201)
    const own = `${base}/reservationgroups/${made.body.id}`
    assert.equal((await json(await fetch(own))).body.feature, 'DEMO-MESH')
    assert.equal((await fetch(own, { method: 'DELETE' })).status, 204)
    assert.equal((await fetch(own)).status, 404)
    assert.equal((await fetch(own, { method: 'DELETE' })).status, 404)
  })

  it('Cisco: a device moves to another group by PUT', async () => {
    const url = `${urlOf('cisco')}/api/devices/dev-7`
    const changed = await json(await send(url, 'PUT', { group: 'core' }))
    assert.equal(changed.body.group, 'core')
    assert.equal((await json(await fetch(url))).body.group, 'core')
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
