/** A sign-in through the pages of the demo identity provider. */

import { type Browser, browser } from '../../support/browser.ts'

const ACCOUNT = 'ada.admin@demo.example'

/** Opens the address and signs in on the way there. Throws unless it is shown in the end. */
export async function signIn(url: string): Promise<Browser> {
  const visitor = browser()
  await visitor.goto(url)
  await visitor.submitForm(visitor.page(), { button: ACCOUNT })
  const page = await visitor.submitForm()
  if (page.url.href === url && page.status === 200) return visitor
  throw new Error(`${page.url.href} answers ${page.status} to a sign-in at ${url}: ${page.text.slice(0, 500)}`)
}
