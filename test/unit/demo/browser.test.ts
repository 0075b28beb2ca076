import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { type DemoServer, openServer } from '../../../src/demo/listen.ts'
import { browser } from '../../support/browser.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** Two sites on one server, told apart by Host: what each address answers is set by the test. */
describe('browser of the tests', () => {
  const answers = new Map<string, Answer>()
  let server: DemoServer
  before(async () => {
    server = await openServer({
      host: '127.0.0.1',
      port: 0,
      handler: async (request, response) => {
        const body = Buffer.concat(await Array.fromAsync<Buffer>(request)).toString()
        const answer = answers.get(`${request.headers.host}${request.url}`)
        if (answer === undefined) response.writeHead(404).end()
        else answer(request, response, body)
      },
    })
  })
  after(() => server.close())

  const open = () =>
    browser({
      hosts: { 'app.example.test': server.port, 'app.example.test:81': server.port, 'idp.other.test': server.port },
    })
  const html = (markup: string, headers: Record<string, string> = {}) =>
    ((_request, response) => response.writeHead(200, headers).end(markup)) satisfies Answer
  const redirect = (status: number, location: string) =>
    ((_request, response) => response.writeHead(status, { location }).end()) satisfies Answer
  const echo: Answer = (request, response, body) =>
    response.end(JSON.stringify({ method: request.method, body, headers: request.headers }))
  const form = (action: string) =>
    `<form method=post action="${action}"><input type=hidden name=a value="1&amp;2"></form>`
  const setCookies: Answer = (_request, response) => {
    response.setHeader('set-cookie', ['strict=1; SameSite=Strict', 'lax=1; SameSite=Lax', 'plain=1'])
    response.end()
  }

  it('leaves Lax and Strict cookies out of a form post from another site, and brings Lax back after its 303', async () => {
    answers.set('app.example.test/set', setCookies)
    answers.set('idp.other.test/', html(form('http://app.example.test/acs')))
    answers.set('app.example.test/acs', redirect(303, '/home'))
    answers.set('app.example.test/home', echo)
    const user = open()
    await user.goto('http://app.example.test/set')
    await user.goto('http://idp.other.test/')
    const page = await user.submitForm()
    assert.equal(page.hops[0]?.sent.cookie, undefined)
    assert.equal(page.hops[0]?.sent.origin, 'http://idp.other.test')
    assert.equal(page.hops[1]?.method, 'GET')
    assert.equal(page.hops[1]?.sent.cookie, 'lax=1; plain=1')
    await user.goto('http://app.example.test/home')
    assert.equal(user.page().hops[0]?.sent.cookie, 'strict=1; lax=1; plain=1')
  })

  it('takes another port for the same site but another origin', async () => {
    answers.set('app.example.test/set', setCookies)
    answers.set('app.example.test:81/', html(form('http://app.example.test/acs')))
    answers.set('app.example.test/acs', echo)
    const user = open()
    await user.goto('http://app.example.test/set')
    await user.goto('http://app.example.test:81/')
    const page = await user.submitForm()
    assert.equal(page.hops[0]?.sent.cookie, 'strict=1; lax=1; plain=1')
    assert.equal(page.hops[0]?.sent.origin, 'http://app.example.test:81')
    assert.equal(JSON.parse(page.text).body, 'a=1%262')
  })

  it('tells trustworthy servers how a request came about', async () => {
    const local = `localhost:${server.port}`
    answers.set(`${local}/`, html(`<a href="/next">go &amp; see</a>${form('/post')}`))
    answers.set(`${local}/next`, echo)
    answers.set(`${local}/post`, echo)
    answers.set(`${local}/away`, redirect(302, `http://127.0.0.1:${server.port}/back`))
    answers.set(`127.0.0.1:${server.port}/back`, echo)
    const user = browser()
    const sent = (page: { hops: readonly { sent: Readonly<Record<string, string>> }[] }) => page.hops.at(-1)?.sent ?? {}
    const start = await user.goto(`http://${local}/`)
    assert.equal(sent(start)['sec-fetch-site'], 'none')
    assert.equal(sent(start).referer, undefined)
    assert.equal(sent(await user.fetch('/next'))['sec-fetch-mode'], 'cors')
    assert.equal(sent(await user.fetch('/away'))['sec-fetch-site'], 'cross-site')
    assert.equal(sent(await user.fetch('/away')).origin, `http://${local}`)
    const next = await user.click('go & see')
    assert.equal(sent(next)['sec-fetch-site'], 'same-origin')
    assert.equal(sent(next).referer, `http://${local}/`)
    assert.equal(sent(next).origin, undefined)
    assert.equal(sent(await user.submitForm(start)).origin, `http://${local}`)
  })

  it('hides the origin of a post under Referrer-Policy: no-referrer, even on the same origin', async () => {
    answers.set('app.example.test/quiet', html(form('/acs'), { 'referrer-policy': 'no-referrer' }))
    answers.set('app.example.test/acs', echo)
    const user = open()
    await user.goto('http://app.example.test/quiet')
    const page = await user.submitForm()
    assert.equal(page.hops[0]?.sent.origin, 'null')
    assert.equal(page.hops[0]?.sent.referer, undefined)
  })

  it('keeps method and body on 307, drops them on 302 and 303', async () => {
    const user = open()
    for (const [status, method, body] of [
      [307, 'POST', 'a=1%262'],
      [302, 'GET', ''],
      [303, 'GET', ''],
    ] as const) {
      answers.set('app.example.test/', html(form('/from')))
      answers.set('app.example.test/from', redirect(status, '/to'))
      answers.set('app.example.test/to', echo)
      await user.goto('http://app.example.test/')
      const page = await user.submitForm()
      assert.deepEqual([JSON.parse(page.text).method, JSON.parse(page.text).body], [method, body])
    }
  })

  it('says Origin: null after a cross-origin redirect of a foreign post', async () => {
    answers.set('idp.other.test/', html(form('http://app.example.test/from')))
    answers.set('app.example.test/from', redirect(307, 'http://app.example.test:81/to'))
    answers.set('app.example.test:81/to', echo)
    const user = open()
    await user.goto('http://idp.other.test/')
    assert.deepEqual(
      (await user.submitForm()).hops.map(({ sent }) => sent.origin),
      ['http://idp.other.test', 'null'],
    )
  })

  it('refuses a form, or a redirect of it, that form-action of its page does not allow', async () => {
    const policy = { 'content-security-policy': "default-src 'none'; form-action 'self'" }
    answers.set('app.example.test/', html(form('http://idp.other.test/sso'), policy))
    answers.set('app.example.test/own', html(form('/from'), policy))
    answers.set('app.example.test/from', redirect(303, 'http://idp.other.test/'))
    const user = open()
    await user.goto('http://app.example.test/')
    await assert.rejects(user.submitForm(), /form-action/)
    await user.goto('http://app.example.test/own')
    await assert.rejects(user.submitForm(), /form-action/)
  })

  it('repeats a post on reload', async () => {
    let posts = 0
    answers.set('app.example.test/', html(form('/acs')))
    answers.set('app.example.test/acs', (_request, response, body) => {
      posts += body === 'a=1%262' ? 1 : 0
      response.writeHead(400).end()
    })
    const user = open()
    await user.goto('http://app.example.test/')
    await user.submitForm()
    assert.equal((await user.reload()).status, 400)
    assert.equal(posts, 2)
  })
})
