/** Pages behind and around a session, as Chromium shows them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseAccount, chooseProvider, heading, signIn } from './actions.ts'
import { ACME, GATEWAY } from './sites.ts'
import { browserSuite } from './suite.ts'

const ADA = 'ada.admin@demo.example'
const OTTO = 'otto.operator@demo.example'

browserSuite('pages in Chromium', (visit) => {
  test(
    'the session page shows who is signed in, and its button signs out',
    visit(async ({ page, context }) => {
      await signIn(page, ACME, ADA, `${GATEWAY}/echo/`)
      await page.goto(`${GATEWAY}/.gatehouse/session`)
      assert.equal(await heading(page), 'Your session')
      assert.ok(await page.getByRole('cell', { name: 'Ada Admin (demo)' }).isVisible())
      assert.ok(Number(await page.evaluate('document.styleSheets[0].cssRules.length')) > 0, 'our style applies')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL(`${GATEWAY}/.gatehouse/logout`)
      assert.equal(await heading(page), 'Signed out')
      assert.deepEqual(
        (await context.cookies(GATEWAY)).map(({ name }) => name),
        [],
      )
      await page.goto(`${GATEWAY}/echo/`)
      assert.equal(await heading(page), 'Sign in')
    }),
  )

  test(
    'W-22: a German browser gets German pages, from the choice of the provider to the end of the session',
    visit(
      async ({ page }) => {
        const target = encodeURI(`${GATEWAY}/echo/?suche=Größe`)
        await page.goto(target)
        assert.equal(await heading(page), 'Anmelden')
        assert.equal(await page.evaluate('document.documentElement.lang'), 'de')
        await signIn(page, ACME, ADA, target)
        assert.equal(new URL(page.url()).searchParams.get('suche'), 'Größe')
        await page.goto(`${GATEWAY}/.gatehouse/session`)
        assert.equal(await heading(page), 'Ihre Sitzung')
        assert.ok(await page.getByRole('rowheader', { name: 'Identitätsprovider' }).isVisible())
        await page.getByRole('button', { name: 'Abmelden' }).click()
        await page.waitForURL(`${GATEWAY}/.gatehouse/logout`)
        assert.equal(await heading(page), 'Abgemeldet')
      },
      { locale: 'de-DE' },
    ),
  )

  test(
    'S-15: a button pressed without a session leads back to its page and is not pressed again',
    visit(async (visitor) => {
      const { page, context } = visitor
      await signIn(page, ACME, OTTO, `${GATEWAY}/openlm/?tab=idle`)
      await context.clearCookies({ name: '__Host-gatehouse' })
      await page.getByRole('button', { name: 'Disable project P-2' }).click()
      await page.getByRole('link', { name: 'Sign in' }).click()
      await chooseProvider(page, ACME)
      await chooseAccount(page, OTTO)
      await page.waitForURL(`${GATEWAY}/openlm/?tab=idle`)
      assert.ok(await page.getByRole('cell', { name: 'U-502', exact: true }).isVisible())
      const posts = await visitor.sent('POST', `${GATEWAY}/openlm/`)
      assert.deepEqual(
        posts.map(({ status }) => status),
        [401],
      )
    }),
  )

  test(
    'a demo service works below its prefix: links, forms and its own policy',
    visit(async ({ page }) => {
      await signIn(page, ACME, OTTO, `${GATEWAY}/flexnet/`)
      assert.equal(await heading(page), 'FlexNet licence server')
      assert.ok(await page.getByRole('cell', { name: OTTO }).first().isVisible())
      const link = page.locator('section a[href]').first()
      const target = new URL((await link.getAttribute('href')) ?? '', page.url()).href
      assert.ok(target.startsWith(`${GATEWAY}/flexnet/`))
      await link.click()
      await page.waitForURL(target)
      await page.goBack()
      await page.locator('.actions button').first().click()
      await page.waitForURL(`${GATEWAY}/flexnet/`)
      assert.equal(await heading(page), 'FlexNet licence server')
    }),
  )
})
