/** Properties of the whole gateway: whatever headers a client invents, the service sees the gateway's identity headers and no others. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { type Echo, echoUpstream } from '../../support/echo-upstream.ts'
import { service, testGateway } from '../../support/gateway.ts'
import { fc } from '../../support/properties.ts'
import { sendRaw } from '../../support/raw-client.ts'

const upstream = await echoUpstream()
const gateway = await testGateway({
  services: [service({ upstream: [upstream.url], headers: { 'Remote-User': 'account' } })],
})
after(async () => {
  await gateway.close()
  await upstream.close()
})

const OWN: Readonly<Record<string, string>> = {
  'x-gatehouse-operator': 'ann@example.com',
  'x-gatehouse-operator-id': 'op-1',
  'x-gatehouse-name': 'Ann %C3%84',
  'x-gatehouse-email': '',
  'x-gatehouse-roles': 'web-application:user',
  'x-gatehouse-service': 'app',
  'x-gatehouse-assertion': 'test.identity.token',
  'remote-user': 'ann@example.com',
}

/** What CGI and its heirs make of a name. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-')

const separator = fc.constantFrom('-', '_', '.', '~', '!', "'")
const letters = (name: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((upper) => [...name].map((letter, index) => (upper[index] === true ? letter.toUpperCase() : letter)).join(''))
const spelled = (name: string): fc.Arbitrary<string> =>
  fc.tuple(...name.split('-').map(letters), fc.array(separator, { minLength: 5, maxLength: 5 })).map((parts) => {
    const separators = parts.at(-1) as readonly string[]
    return (parts.slice(0, -1) as readonly string[])
      .map((part, i) => (i === 0 ? '' : separators[i - 1]) + part)
      .join('')
  })
const identityName = fc.constantFrom(...Object.keys(OWN), 'x-gatehouse-other').chain(spelled)
const forged = identityName.map((name) => `${name}: forged`)
const named = fc.array(fc.oneof(identityName, fc.constantFrom('close', 'X-Free')), { minLength: 1, maxLength: 4 })
const connection = named.map((names) => `Connection: ${names.join(', ')}`)
const harmless = fc.constantFrom('X-Free: 1', 'Accept: */*', 'X-Forwarded-For: forged', 'Forwarded: for=forged')

async function seenWith(lines: readonly string[]): Promise<Echo> {
  const start = ['GET /app/x HTTP/1.1', 'Host: gw.test', `Cookie: ${gateway.cookie}`, 'Connection: close']
  const answer = await sendRaw(gateway.port, `${[...start, ...lines].join('\r\n')}\r\n\r\n`, 5000)
  assert.match(answer, /^HTTP\/1\.1 200 /)
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
}

test('G-4: no spelling and no Connection header forges, doubles or takes away an identity header', async () => {
  const lines = fc.array(fc.oneof(forged, connection, harmless), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(lines, async (each) => {
      const { rawHeaders } = await seenWith(each)
      assert.ok(!rawHeaders.some((text) => text.includes('forged')), rawHeaders.join(' | '))
      const pairs = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [[folded(name), rawHeaders[index + 1]]] : [],
      )
      for (const [name, value] of Object.entries(OWN)) {
        const found = pairs.filter(([other]) => other === name)
        assert.deepEqual(found, [[name, value]])
      }
    }),
    { numRuns: 300 },
  )
})
