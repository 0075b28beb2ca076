/** What a person does on the pages of a sign-in. */

import type { Page } from 'playwright-core'

/** The page's only heading of the first level. */
export function heading(page: Page): Promise<string> {
  return page.getByRole('heading', { level: 1 }).innerText()
}

/** On the gateway's page of choice. */
export async function chooseProvider(page: Page, { name }: { name: string }): Promise<void> {
  await page.getByRole('link', { name }).click()
}

/** On a page of the demo provider. */
export async function chooseAccount(page: Page, account: string): Promise<void> {
  await page.locator(`button[value="${account}"]`).click()
}

/** Asks for `url`, signs in and waits until it is there. */
export async function signIn(page: Page, provider: { name: string }, account: string, url: string): Promise<void> {
  await page.goto(url)
  await chooseProvider(page, provider)
  await chooseAccount(page, account)
  await page.waitForURL(url)
}

/** Signs in from the provider's own start page, without having been asked. */
export async function startFromTile(
  page: Page,
  { origin }: { origin: string },
  { account, relayState }: { account: string; relayState: string },
): Promise<void> {
  await page.goto(`${origin}/`)
  await page.getByLabel('RelayState').fill(relayState)
  await chooseAccount(page, account)
}

/** What the echo service was asked; it is what the page shows. */
export async function echoed(page: Page): Promise<{ url: string }> {
  return JSON.parse(await page.locator('body').innerText())
}
