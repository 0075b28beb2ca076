/** Hand-over to the hosts of services as Chromium does it: its SameSite and `__Host-` rules, its form-action, its redirects. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'

import { type House, openHouse } from '../support/house.ts'
import { createUser, OTTO } from '../support/steps.ts'
import { launchChromium, openVisitor, type Visitor } from './chromium.ts'

const GATE = 'https://gate.test'
/** On the site of the public URL, and on another one. */
const HOSTS = ['lic.gate.test', 'portal.example'] as const
const EXECUTABLE = process.env['GATEHOUSE_TEST_CHROMIUM']

describe('other hosts in Chromium', { skip: EXECUTABLE === undefined ? 'Chromium is not installed' : false }, () => {
  let house: House
  let browser: Browser
  before(async () => {
    house = await openHouse({ https: true, otherHosts: HOSTS })
    const service = { profile: 'web-application', upstream: house.upstream.url }
    const services = HOSTS.map((host) => ({ ...service, id: host.split('.')[0], match: { host } }))
    await house.reload({ top: { services: [{ ...service, id: 'app', match: { path: '/app/' } }, ...services] } })
    await createUser(house, OTTO)
    const certificate = house.certificate ?? ''
    browser = await launchChromium({ executable: EXECUTABLE ?? '', hosts: house.hosts, certificate })
  })
  after(async () => {
    await browser.close()
    await house.close()
  })

  async function signInFrom({ page }: Visitor, address: string): Promise<void> {
    await page.goto(address)
    await page.locator(`button[value="${OTTO}"]`).click()
    await page.waitForURL(address)
  }

  for (const host of HOSTS) {
    test(`a browser that begins on ${host} ends there, signed in on both hosts, and breaks no policy`, async () => {
      const visitor = await openVisitor(browser)
      const { page, context } = visitor
      const address = `https://${host}/deep/link?x=1`
      await signInFrom(visitor, address)
      assert.equal(JSON.parse(await page.locator('body').innerText()).url, '/deep/link?x=1')
      const cookies = await context.cookies(`https://${host}`)
      const session = cookies.find(({ name }) => name === '__Host-gatehouse')
      assert.partialDeepStrictEqual(session, { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: host })
      assert.ok(!cookies.some(({ name }) => name === '__Host-gatehouse_handoff'))
      await page.goto(`${GATE}/app/x`)
      assert.equal(page.url(), `${GATE}/app/x`)
      assert.deepEqual(visitor.violations, [])
      await context.close()
    })
  }

  test('signed in at the public URL, the others need no sign-in, and signing out ends all', async () => {
    const visitor = await openVisitor(browser)
    const { page, context } = visitor
    await signInFrom(visitor, `${GATE}/app/`)
    for (const host of HOSTS) {
      await page.goto(`https://${host}/x`)
      assert.equal(page.url(), `https://${host}/x`)
    }
    await page.goto(`https://${HOSTS[0]}/.gatehouse/session`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    await page.goto(`https://${HOSTS[1]}/x`)
    assert.ok(page.url().startsWith('https://demo.provider.example/'), page.url())
    assert.deepEqual(visitor.violations, [])
    await context.close()
  })
})
