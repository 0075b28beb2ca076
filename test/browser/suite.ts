/** A suite that has the sites and Chromium at hand, and is skipped by name where there is no Chromium. */

import assert from 'node:assert/strict'
import { after, before, describe } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium, openVisitor, type Visitor, type VisitorOptions } from './chromium.ts'
import { openSites, type Sites } from './sites.ts'

/** Makes a test of `run`: with a window of its own, and no page of it may break its own policy. */
export type Visit = (run: (visitor: Visitor) => Promise<void>, options?: VisitorOptions) => () => Promise<void>

const EXECUTABLE = process.env['GATEHOUSE_TEST_CHROMIUM']
const skip = EXECUTABLE === undefined ? 'Chromium is not there and could not be installed' : false

/** Runs `define` as a suite. */
export function browserSuite(title: string, define: (visit: Visit) => void): void {
  describe(title, { skip, timeout: 120_000 }, () => {
    let sites: Sites | undefined
    let chromium: Browser | undefined
    before(async () => {
      sites = await openSites()
      chromium = await launchChromium({ executable: EXECUTABLE ?? '', ...sites })
    })
    after(async () => {
      await chromium?.close()
      await sites?.close()
    })
    define((run, options) => async () => {
      const visitor = await openVisitor(chromium ?? assert.fail('Chromium did not start'), options)
      try {
        await run(visitor)
        assert.deepEqual(visitor.violations, [])
      } finally {
        await visitor.context.close()
      }
    })
  })
}
