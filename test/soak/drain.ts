/** A process that is told to stop under load: every request that it was sent is answered. */

import { setTimeout as delay } from 'node:timers/promises'

import { openProcessHouse, serviceOf } from '../processes/gateway/house.ts'
import { startLoad } from './load.ts'
import type { Figure, Soak } from './soak.ts'

const CLIENTS = 64

export const drain: Soak = async ({ short }) => {
  const rounds = short ? 3 : 20
  const house = await openProcessHouse()
  await house.write({ services: [serviceOf(house.upstream.url, { access: 'public' })] })
  let answered = 0
  const lost: string[] = []
  let longest = 0
  try {
    for (let round = 0; round < rounds; round += 1) {
      const running = await house.serve()
      const options = { host: '127.0.0.1', port: house.port, headers: { Host: `localhost:${house.port}` } }
      const quick = startLoad({ clients: CLIENTS, options: { ...options, path: '/app/x' } })
      const slow = startLoad({ clients: CLIENTS / 4, options: { ...options, path: '/app/delay?ms=700' } })
      while (quick.answered() < 10 * CLIENTS || slow.answered() < CLIENTS / 4) await delay(20)
      const told = performance.now()
      running.signal('SIGTERM')
      await Promise.all([quick.over(), slow.over()])
      const { code } = await running.ended
      longest = Math.max(longest, performance.now() - told)
      if (code !== 0) lost.push(`exit code ${code}`)
      answered += quick.answered() + slow.answered()
      lost.push(...quick.lost, ...slow.lost)
    }
  } finally {
    await house.close()
  }
  return [
    { what: `${rounds} stops under load: requests answered`, value: answered },
    lostFigure('requests lost', lost),
    { what: 'longest stop, ms', value: Math.round(longest) },
  ]
}

/** How many were lost, and why. */
export function lostFigure(what: string, lost: readonly string[]): Figure {
  const why = [...new Set(lost)].join(', ')
  return { what, value: why === '' ? 0 : `${lost.length} (${why})`, limit: '0', kept: lost.length === 0 }
}
