/** What property tests are made with: the same cases each time, so that a change fails for what it changed. `npm run explore` tries others. */

import fc from 'fast-check'

/** Where all cases begin; GATEHOUSE_TEST_SEED gives another one. */
export const seed = Number(process.env['GATEHOUSE_TEST_SEED'] ?? 20_261_126)
fc.configureGlobal({ seed })

export { fc }
