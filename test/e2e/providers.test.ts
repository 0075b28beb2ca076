/** Several identity providers: choice, mix-up, metadata by URL. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { echoUpstream } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { listenOn } from '../support/house-parts.ts'
import { ADA, answerFor, createUser, get, OTTO, operatorOf, post, sessionOf, traceOf } from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse({ twoProviders: true })
})
after(() => house.close())
beforeEach(() => house.reload({}))

test('S-11: with several providers and none named there is a choice, which keeps the way back', async () => {
  const visitor = house.browser()
  const chooser = await visitor.goto(`${house.url}/app/deep?a=1&b=2`)
  assert.equal(chooser.status, 200)
  assert.equal(chooser.url.pathname, '/.gatehouse/login')
  assert.equal((await visitor.click('Beta')).url.origin, house.providers[1]?.url)
  await visitor.submitForm(visitor.page(), { button: ADA })
  const page = await visitor.submitForm()
  assert.equal(`${page.url.pathname}${page.url.search}`, '/app/deep?a=1&b=2')
  assert.equal((await sessionOf(house, visitor)).body.identityProvider, 'beta')
})

test('S-11: idp= names one; an unknown one is 404', async () => {
  for (const [index, id] of ['demo', 'beta'].entries()) {
    const answer = await get(house, `/.gatehouse/login?idp=${id}`)
    assert.equal(answer.status, 302)
    assert.ok(answer.headers['location']?.startsWith(house.providers[index]?.url ?? '-'))
  }
  for (const id of ['gamma', 'Beta', '']) assert.equal((await get(house, `/.gatehouse/login?idp=${id}`)).status, 404)
})

test('S-11: defaultIdp spares the choice, idp= still counts', async () => {
  await house.reload({ top: { signIn: { defaultIdp: 'beta' } } })
  assert.ok((await get(house, '/.gatehouse/login')).headers['location']?.startsWith(house.providers[1]?.url ?? '-'))
  const named = await get(house, '/.gatehouse/login?idp=demo')
  assert.ok(named.headers['location']?.startsWith(house.provider.url))
})

test('S-11: the answer of one provider to a request sent to another is refused', async () => {
  const visitor = house.browser()
  const [, beta] = house.providers
  assert.ok(beta)
  house.provider.answer({ overrides: { keys: beta.keys, issuer: beta.entityId } })
  const message = await answerFor(house, visitor, { path: '/.gatehouse/login?idp=demo' })
  const answer = await post(house, message, visitor)
  assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_REQUEST_UNKNOWN'])
  const trace = await traceOf(house, answer)
  assert.equal(trace.provider, 'beta')
  assert.match(trace.cause, /demo/)
})

test('S-11: the key of one provider does not sign for the issuer of another', async () => {
  for (const [issuerOf, keyOf] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const [issuer, key] = [house.providers[issuerOf], house.providers[keyOf]]
    assert.ok(issuer && key)
    issuer.answer({ overrides: { keys: key.keys } })
    const visitor = house.browser()
    const path = `/.gatehouse/login?idp=${['demo', 'beta'][issuerOf]}`
    const answer = await post(house, await answerFor(house, visitor, { path }), visitor)
    assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_SIGNATURE_INVALID'])
  }
})

test('S-11: an assertion of one provider inside the response of another is refused', async () => {
  const [demo, beta] = house.providers
  assert.ok(demo && beta)
  await house.reload({ provider: { want: { signedResponse: false, signedAssertion: true } } })
  const visitor = house.browser()
  await visitor.goto(`${house.url}/.gatehouse/login?idp=demo`)
  demo.answer({
    overrides: { signResponse: false, issuer: beta.entityId, keys: beta.keys },
    tamper: (xml) => xml.replace(beta.entityId, demo.entityId),
  })
  await visitor.submitForm(visitor.page(), { button: ADA })
  const page = await visitor.submitForm()
  assert.equal(page.status, 401)
  assert.equal((await traceOf(house, page)).outcome, 'SAML_SIGNATURE_INVALID')
})

test('N-10: the same account name of two providers is two operators', async () => {
  await createUser(house, OTTO, 'beta')
  const refused = await signIn(house.browser(), OTTO, '/.gatehouse/login?idp=demo&return_to=/app/', house)
  assert.equal(refused.status, 403)
  const entered = await signIn(house.browser(), OTTO, '/.gatehouse/login?idp=beta&return_to=/app/', house)
  assert.equal(entered.status, 200)
  const [one, other] = [await operatorOf(house, OTTO, 'demo'), await operatorOf(house, OTTO, 'beta')]
  assert.ok(one && other && one.id !== other.id)
})

test('N-4: with several providers no attribute gives Administrator unless it is configured', async () => {
  await house.reload({ beta: { adminAttribute: null } })
  assert.equal((await signIn(house.browser(), ADA, '/.gatehouse/login?idp=beta&return_to=/app/', house)).status, 200)
  await house.reload({ beta: { adminAttribute: undefined, id: 'gamma', displayName: 'Gamma' } })
  const page = await signIn(house.browser(), ADA, '/.gatehouse/login?idp=gamma&return_to=/app/', house)
  assert.equal(page.status, 403)
})

test('S-11: metadata comes from a URL at start; when the URL is down the last good copy serves and an alarm stands', async () => {
  let text = house.providers[1]?.metadata() ?? ''
  let status = 200
  const server = createServer((_request, response) => response.writeHead(status).end(text))
  const url = `http://localhost:${await listenOn(server)}/metadata.xml`
  const byUrl = { beta: { metadata: { url } } }
  const alarms = async () => {
    const { body } = await get(house, '/.gatehouse/readyz')
    return body.alarms.map(({ code, subject }: { code: string; subject: string }) => `${code} ${subject}`)
  }
  const canSignIn = async () => {
    const page = await signIn(house.browser(), ADA, '/.gatehouse/login?idp=beta&return_to=/.gatehouse/session', house)
    return page.status
  }
  try {
    await house.reload(byUrl)
    assert.equal(await canSignIn(), 200)
    assert.deepEqual(await alarms(), [])
    status = 500
    await house.reload(byUrl)
    assert.deepEqual(await alarms(), ['METADATA_STALE beta'])
    assert.equal(await canSignIn(), 200)
    status = 200
    text = text.replace(house.providers[1]?.entityId ?? '-', 'urn:another:entity')
    await house.reload(byUrl)
    assert.deepEqual(await alarms(), ['METADATA_REFUSED beta'])
    assert.equal(await canSignIn(), 200)
  } finally {
    server.closeAllConnections()
    server.close()
    await house.reload({})
  }
  assert.deepEqual(await alarms(), [])
})

test('S-11: a provider that has no metadata yet does not stop the others', async () => {
  const nobody = await echoUpstream()
  await nobody.close()
  await house.reload({ beta: { id: 'late', displayName: 'Late', metadata: { url: `${nobody.url}/metadata.xml` } } })
  assert.equal((await get(house, '/.gatehouse/login')).status, 302)
  assert.equal((await get(house, '/.gatehouse/login?idp=late')).status, 404)
  const { body } = await get(house, '/.gatehouse/readyz')
  assert.equal(body.alarms[0]?.code, 'METADATA_MISSING')
  await house.reload({})
  assert.deepEqual((await get(house, '/.gatehouse/readyz')).body.alarms, [], 'no alarm outlives its provider')
})
