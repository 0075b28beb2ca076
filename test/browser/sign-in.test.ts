/** Sign-in as Chromium does it: the gateway's own process under https, identity providers on another site. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseAccount, chooseProvider, echoed, heading, signIn, startFromTile } from './actions.ts'
import type { Visitor } from './chromium.ts'
import { ACME, BETA, CORAL, GATEWAY } from './sites.ts'
import { browserSuite } from './suite.ts'

const ADA = 'ada.admin@demo.example'
const OTTO = 'otto.operator@demo.example'
const NORA = 'nora.newcomer@demo.example'
const ACS = `${GATEWAY}/.gatehouse/saml/acs`
const SESSION_PAGE = `${GATEWAY}/.gatehouse/session`
const DEEP = `${GATEWAY}/echo/deep/link?x=1&y=a%20b`

browserSuite('sign-in by Chromium', (visit) => {
  test(
    'S-2, S-15: sign-in by redirect goes from a deep link through the choice and back to it',
    visit(async (visitor) => {
      const { page, context } = visitor
      await page.goto(DEEP)
      assert.equal(await heading(page), 'Sign in')
      await chooseProvider(page, ACME)
      await page.waitForURL(`${ACME.origin}/sso?**`)
      await chooseAccount(page, ADA)
      await page.waitForURL(DEEP)
      assert.equal((await echoed(page)).url, '/deep/link?x=1&y=a%20b')

      const [post, ...more] = await visitor.sent('POST', ACS)
      assert.equal(more.length, 0)
      assert.equal(post?.headers['sec-fetch-site'], 'cross-site')
      assert.match(post?.headers['cookie'] ?? '', /^__Host-gatehouse_req_[0-9a-f]{8}=[^;]+$/)
      const cookies = await context.cookies(GATEWAY)
      const session = cookies.find(({ name }) => name === '__Host-gatehouse')
      assert.partialDeepStrictEqual(session, { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', expires: -1 })
      assert.deepEqual(requestCookies(cookies), [], 'the request cookie is gone once it was used')
    }),
  )

  test(
    'S-2, S-15: sign-in by POST works by script under the strict policy and keeps the fragment',
    visit(async (visitor) => {
      const { page } = visitor
      await page.goto(`${DEEP}#part`)
      await chooseProvider(page, BETA)
      await page.waitForURL(`${BETA.origin}/sso`)
      const [cookie] = requestCookies(await visitor.context.cookies(GATEWAY))
      assert.partialDeepStrictEqual(cookie, { httpOnly: true, secure: true, sameSite: 'None', path: '/' })
      await chooseAccount(page, ADA)
      await page.waitForURL(`${DEEP}#part`)
      assert.equal((await echoed(page)).url, '/deep/link?x=1&y=a%20b')
      const [post] = await visitor.sent('POST', ACS)
      assert.ok(post?.headers['cookie']?.includes(`${cookie?.name}=`))
    }),
  )

  test(
    'S-15: a fragment survives the POST-binding page when no choice comes before it',
    visit(async ({ page }) => {
      await page.goto(`${GATEWAY}/.gatehouse/login?idp=${BETA.id}&return_to=${encodeURIComponent(DEEP)}#part`)
      await page.waitForURL(`${BETA.origin}/sso`)
      await chooseAccount(page, OTTO)
      await page.waitForURL(`${DEEP}#part`)
    }),
  )

  test(
    'S-2: sign-in by POST works without script by its button',
    visit(
      async ({ page }) => {
        await page.goto(DEEP)
        await chooseProvider(page, BETA)
        assert.equal(await heading(page), 'Going to your identity provider')
        await page.getByRole('button', { name: 'Go on' }).click()
        await page.waitForURL(`${BETA.origin}/sso`)
        await chooseAccount(page, ADA)
        await page.getByRole('button', { name: 'Go on to the gateway' }).click()
        await page.waitForURL(DEEP)
      },
      { javaScriptEnabled: false },
    ),
  )

  test(
    'S-14: a lost request cookie leads through one more post of our own to a page that starts again',
    visit(async (visitor) => {
      const { page, context } = visitor
      await page.goto(DEEP)
      await chooseProvider(page, ACME)
      await page.waitForURL(`${ACME.origin}/sso?**`)
      await context.clearCookies({ name: /gatehouse_req_/ })
      await chooseAccount(page, ADA)
      await page.getByRole('link', { name: 'Start again' }).waitFor()
      assert.equal(await heading(page), 'Sign-in could not be completed')
      const posts = await visitor.sent('POST', ACS)
      assert.deepEqual(
        posts.map(({ headers, status }) => [headers['sec-fetch-site'], headers['origin'], status]),
        [
          ['cross-site', ACME.origin, 200],
          ['same-origin', GATEWAY, 400],
        ],
      )
      await page.getByRole('link', { name: 'Start again' }).click()
      assert.equal(await heading(page), 'Sign in')
    }),
  )

  test(
    'S-14: the post of our own has a button where there is no script',
    visit(
      async ({ page, context }) => {
        await page.goto(DEEP)
        await chooseProvider(page, ACME)
        await context.clearCookies({ name: /gatehouse_req_/ })
        await chooseAccount(page, ADA)
        await page.getByRole('button', { name: 'Go on to the gateway' }).click()
        await page.waitForURL(ACS)
        assert.equal(await heading(page), 'Signing in')
        await page.getByRole('button', { name: 'Go on' }).click()
        await page.getByRole('link', { name: 'Start again' }).waitFor()
      },
      { javaScriptEnabled: false },
    ),
  )

  test(
    'S-14: Back to the provider and another answer to the same request end on the page that was wanted',
    visit(async (visitor) => {
      const { page } = visitor
      await signIn(page, ACME, ADA, DEEP)
      await page.goBack()
      assert.equal(await heading(page), 'Sign in as')
      await chooseAccount(page, ADA)
      await page.waitForURL(DEEP)
      assert.deepEqual(await statuses(visitor), [303, 200, 303])
    }),
  )

  test(
    'S-14: Refresh on the assertion consumer leads to a page that starts again',
    visit(async (visitor) => {
      const { page } = visitor
      await page.goto(DEEP)
      await chooseProvider(page, ACME)
      await chooseAccount(page, NORA)
      await page.waitForURL(ACS)
      assert.equal(await heading(page), 'Sign In Failure')
      await page.reload()
      await page.getByText('did not send the cookie').waitFor()
      await page.reload()
      await page.getByText('did not send the cookie').waitFor()
      assert.deepEqual(await statuses(visitor), [403, 200, 400, 400])
    }),
  )

  test(
    'S-14: Back to the assertion consumer and sending the form again lead to a page that starts again',
    visit(async (visitor) => {
      const { page, context } = visitor
      await page.goto(DEEP)
      await chooseProvider(page, ACME)
      await chooseAccount(page, NORA)
      await page.getByRole('link', { name: 'Start again' }).click()
      await assert.rejects(page.goBack(), /ERR_CACHE_MISS/, 'Chromium asks before it sends a form again')
      await page.waitForURL('chrome-error://**')
      // Chromium's question is a page of another process, which the page's own reload does not reach.
      await (await context.newCDPSession(page)).send('Page.reload')
      await page.getByText('did not send the cookie').waitFor()
      assert.deepEqual(await statuses(visitor), [403, 200, 400])
    }),
  )

  test(
    'S-3: an unsolicited answer of a provider that may send them signs in, and RelayState is the page',
    visit(async (visitor) => {
      const { page } = visitor
      await startFromTile(page, ACME, { account: OTTO, relayState: '/echo/from/tile?z=1' })
      await page.waitForURL(`${GATEWAY}/echo/from/tile?z=1`)
      assert.deepEqual(
        (await visitor.sent('POST', ACS)).map(({ headers, status }) => [headers['sec-fetch-site'], status]),
        [
          ['cross-site', 200],
          ['same-origin', 303],
        ],
      )
    }),
  )

  test(
    'S-3: an unsolicited answer replaces another operator only after a click',
    visit(async (visitor) => {
      const { page } = visitor
      await signIn(page, ACME, ADA, DEEP)
      await startFromTile(page, ACME, { account: OTTO, relayState: '/echo/from/tile' })
      await page.getByText(`Stay signed in as ${ADA}`).waitFor()
      assert.equal(await heading(page), 'Change the account?')
      const [, first, second] = await visitor.sent('POST', ACS)
      assert.doesNotMatch(first?.headers['cookie'] ?? '', /__Host-gatehouse=/, 'Lax cookies stay behind')
      assert.match(second?.headers['cookie'] ?? '', /__Host-gatehouse=/, 'our own post brings them')

      const elsewhere = await visitor.context.newPage()
      await elsewhere.goto(SESSION_PAGE)
      assert.ok(await elsewhere.getByRole('cell', { name: ADA }).first().isVisible(), 'nothing has changed yet')

      await page.getByRole('button', { name: `Sign in as ${OTTO}` }).click()
      await page.waitForURL(`${GATEWAY}/echo/from/tile`)
      await elsewhere.reload()
      assert.ok(await elsewhere.getByRole('cell', { name: OTTO }).first().isVisible())
    }),
  )

  for (const provider of [BETA, CORAL]) {
    test(
      `S-3: the tile of a provider that may not (${provider.id}) starts a normal sign-in to it`,
      visit(async (visitor) => {
        const { page } = visitor
        await startFromTile(page, provider, { account: OTTO, relayState: '/echo/from/tile' })
        await page.waitForURL(`${provider.origin}/sso**`)
        assert.equal(await heading(page), 'Sign in as')
        await chooseAccount(page, OTTO)
        await page.waitForURL(`${GATEWAY}/echo/from/tile`)
      }),
    )
  }
})

/** Of all posts to the assertion consumer, in order. */
async function statuses(visitor: Visitor): Promise<readonly number[]> {
  return (await visitor.sent('POST', ACS)).map(({ status }) => status)
}

function requestCookies<Cookie extends { name: string }>(cookies: readonly Cookie[]): readonly Cookie[] {
  return cookies.filter(({ name }) => /^__Host-gatehouse_req_[0-9a-f]{8}$/.test(name))
}
