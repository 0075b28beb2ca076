/** Whoever has begun a request while he was allowed, and is slow with its body: what holds when the body is there counts. */

import assert from 'node:assert/strict'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, applyDirectory, cookieHeader, operatorOf, SAM } from '../support/steps.ts'

const CISCO = 'cisco-license-manager'
const BODY = '{"device":"d-1"}'
let house: House
let sam: Browser

before(async () => {
  house = await openHouse({ service: { id: 'clm', profile: CISCO } })
})
after(() => house.close())

beforeEach(async () => {
  await grant([`${CISCO}:administrator`])
  sam = house.browser()
  await signIn(sam, SAM, '/app/', house)
})

function grant(roles: readonly string[]): Promise<void> {
  return applyDirectory(house, {
    operators: [
      { account: ADA, provider: 'demo', roles: ['administrator'] },
      { account: SAM, provider: 'demo', roles },
    ],
  })
}

interface Begun {
  readonly sent: ClientRequest
  readonly answered: Promise<IncomingMessage>
}

/** Sends all but the end of a request, and waits until it must have been seen. */
async function begun(): Promise<Begun> {
  const { hostname, port } = new URL(house.url)
  const sent = request({
    hostname,
    port,
    method: 'POST',
    path: '/app/api/writeDevices',
    headers: {
      Accept: 'application/json',
      Cookie: cookieHeader(sam),
      'Content-Type': 'application/json',
      'Content-Length': String(BODY.length),
    },
  })
  sent.write(BODY.slice(0, 5))
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  await delay(150)
  return { sent, answered }
}

async function statusOf({ sent, answered }: Begun): Promise<number | undefined> {
  sent.end(BODY.slice(5))
  const answer = await answered
  answer.resume()
  return answer.statusCode
}

test('G-7: a body that comes late is forwarded while nothing has changed', async () => {
  assert.equal(await statusOf(await begun()), 200)
})

test('G-7: a role that is taken away before the body is complete allows nothing any more', async () => {
  const sent = await begun()
  await grant([`${CISCO}:report-management`])
  assert.equal(await statusOf(sent), 403)
})

test('G-7: a session that ends before the body is complete is none any more', async () => {
  const sent = await begun()
  await house.gateway.directory.disable({ provider: 'demo', account: SAM }, null)
  assert.equal((await operatorOf(house, SAM))?.enabled, false)
  assert.equal(await statusOf(sent), 401)
})
