/** A house whose sessions are in a Redis of its own, and further gateways on the same directory. */

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import supertest, { type Test } from 'supertest'
import { gateway } from '../../../src/app.ts'
import { readConfig } from '../../../src/cli/context.ts'
import type { Log, LogFields } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import type { Browser } from '../../support/browser.ts'
import { type House, openHouse } from '../../support/house.ts'
import type { Overlay } from '../../support/house-parts.ts'
import { cookieHeader, get, type TestClock, testClock } from '../../support/steps.ts'

export const GRACE_SECONDS = 30

export interface RedisHouse extends House {
  readonly clock: TestClock
  /** Events of the log with their fields. */
  readonly logged: (readonly [event: string, fields: LogFields | undefined])[]
  /** Another gateway process' worth of gateway, on the same directory and Redis. */
  replica(): Promise<Replica>
  /** Codes of the alarms that are raised. */
  alarms(): Promise<readonly string[]>
}

export interface Replica {
  /** A request to it, for the house's public URL. */
  get(path: string, cookies?: string | Browser): Test
  /** A form posted to it by a page of ours. */
  post(path: string, fields: object, cookies?: string | Browser): Test
  /** Stops it, which writes what is not written yet. */
  close(): Promise<void>
}

/** Keys as every replica has them. */
export function sharedKeys(): Readonly<Record<string, string>> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const identity = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { identity, cookies: Buffer.alloc(32, 9).toString('base64') }
}

/** Opens it with `sessions`, a URL, and further keys of the configuration; time stands still until it is moved. */
export async function openRedisHouse(sessions: string, top: Overlay['top'] = {}): Promise<RedisHouse> {
  const clock = testClock()
  const logged: (readonly [string, LogFields | undefined])[] = []
  const note = (event: string, fields?: LogFields) => void logged.push([event, fields])
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const kept = { stores: { sessions, graceSeconds: GRACE_SECONDS }, keys: sharedKeys() }
  const house = await openHouse({ clock, log, top: { ...top, ...kept } })
  const { reload } = house
  return Object.assign(house, {
    reload: (over: Overlay) => reload({ ...over, top: { ...over.top, ...kept } }),
    clock,
    logged,
    replica: () => openReplica(house, { clock, log }),
    async alarms() {
      const { body } = await get(house, '/.gatehouse/readyz')
      return body.alarms.map(({ code }: { code: string }) => code)
    },
  })
}

async function openReplica(house: House, { clock, log }: { clock: TestClock; log: Log }): Promise<Replica> {
  const loaded = await readConfig(house.configFile, {})
  if (!loaded.ok) throw new Error('the configuration of the house is not valid')
  const running = await gateway({ config: loaded.value, clock, random: systemRandom, log })
  const server = createServer((request, response) => running.handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const asked = supertest(`http://127.0.0.1:${port}`)
  function toHouse(sent: Test, cookies: string | Browser = ''): Test {
    const cookie = typeof cookies === 'string' ? cookies : cookieHeader(cookies)
    return sent.set('Host', `localhost:${house.port}`).set('Cookie', cookie)
  }
  return {
    get: (path, cookies) => toHouse(asked.get(path), cookies),
    post: (path, fields, cookies) =>
      toHouse(asked.post(path), cookies).type('form').set('Origin', house.url).send(fields),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await running.close()
    },
  }
}
