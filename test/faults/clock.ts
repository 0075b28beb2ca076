/** The clock steps by minutes while the gateway runs (libfaketime): nothing is taken twice, nobody stays in for longer. */

import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure, Soak } from '../soak/soak.ts'
import { openFaultHouse } from './house.ts'
import { held } from './storage.ts'

const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`)
const SESSION_MINUTES = 30
const STEP_MINUTES = 20

/** Needs Debian's package faketime; left out where it is missing. */
export const clock: Soak = async () => {
  const library = LIBRARIES.find((path) => existsSync(path))
  if (library === undefined) return [{ what: 'steps of the clock', value: 'left out: no libfaketime' }]
  const session = { timeoutMinutes: SESSION_MINUTES, samlOffsetMinutes: 0 }
  const house = await openFaultHouse({ session })
  const offset = join(house.folder, 'offset')
  const step = async (minutes: number) => {
    // In one step, since it is read at every look at the clock.
    await writeFile(`${offset}.new`, `${minutes < 0 ? '' : '+'}${minutes}m\n`)
    await rename(`${offset}.new`, offset)
  }
  const env = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: offset, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' }
  try {
    await step(0)
    const { running } = await house.start(env)
    const first = await house.signInOnce()
    const ask = (cookie: string | undefined) => house.ask('/app/x', cookie ?? '')
    const figures: Figure[] = []
    const note = (what: string, isSo: boolean, otherwise: string | number) => figures.push(held(what, isSo, otherwise))

    await step(-STEP_MINUTES)
    const back = await ask(first.session)
    note(`${STEP_MINUTES} min back: a session is served`, back === 200, back)
    const early = await house.signInOnce()
    note(
      `${STEP_MINUTES} min back: an answer of a provider with the right time is refused`,
      early.session === undefined,
      '',
    )
    note(`${STEP_MINUTES} min back: an answer is not taken twice`, (await house.postAnswer(first))?.length === 0, '')

    await step(STEP_MINUTES)
    const forward = await ask(first.session)
    note(`${STEP_MINUTES} min forward: a session of ${SESSION_MINUTES} min is served`, forward === 200, forward)
    const replayed = await house.postAnswer(first)
    note(`${STEP_MINUTES} min forward: an answer is not taken twice`, replayed?.length === 0, '')

    await step(STEP_MINUTES + SESSION_MINUTES + 1)
    const over = await ask(first.session)
    note('after the end of the session: it is not served', over !== 200 && over !== 0, over)

    await step(0)
    const right = await house.signInOnce()
    note('the clock right again: a sign-in works without a restart', right.session !== undefined, '')
    note('the clock right again: no answer is taken twice', (await house.postAnswer(first))?.length === 0, '')
    running.signal('SIGTERM')
    const { stderr } = await running.ended
    note('no internal error on the way', !stderr.includes('INTERNAL'), stderr.slice(0, 200))
    return figures
  } finally {
    await house.close()
  }
}
