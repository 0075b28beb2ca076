/** The examples of proxies in config/examples: all of them take every identity header off and set it again; the YAML ones say what is meant. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'yaml'

import { pushIdentity } from '../../../src/gateway/identity-headers.ts'

const FOLDER = new URL('../../../config/examples/', import.meta.url)
const textOf = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8')

/** The names that the gateway sends, as they stand in its code. */
function identityHeaders(): readonly string[] {
  const headers: string[] = []
  pushIdentity(headers, { id: 'app', headers: {} }, 'request', undefined)
  return [...headers.filter((_, index) => index % 2 === 0), 'X-Gatehouse-Assertion']
}

const NAMES = identityHeaders()

/** How often a text says a name, in any case, and not as the beginning of a longer one. */
function count(text: string, name: string): number {
  return text.match(new RegExp(`(?<!\\w)${name}(?![\\w-])`, 'gi'))?.length ?? 0
}

const PROXIES = ['Caddyfile', 'envoy.yaml', 'nginx.conf', 'traefik.yaml'] as const

test('there are four examples of proxies, a unit file and a command for its user', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), [...PROXIES, 'gatehouse.service', 'gatehouse.sh'].sort())
})

for (const name of PROXIES) {
  test(`${name} takes every identity header of the client off, and sets it from the answer`, () => {
    const text = textOf(name)
    // nginx does both with one line.
    const times = name === 'nginx.conf' ? 1 : 2
    for (const header of NAMES) assert.ok(count(text, header) >= times, header)
  })

  test(`${name} keeps clients from asking for themselves`, () => {
    assert.match(textOf(name), /\/\.gatehouse\/auth\b/)
  })
}

describe('traefik.yaml', () => {
  const { http } = parse(textOf('traefik.yaml'))

  test('both questions trust no forwarded header of the client and copy exactly the identity headers', () => {
    for (const name of ['gatehouse', 'gatehouse-or-sign-in']) {
      const { forwardAuth } = http.middlewares[name]
      assert.equal(forwardAuth.trustForwardHeader, false)
      assert.deepEqual(forwardAuth.authResponseHeaders, NAMES)
      assert.match(forwardAuth.address, /^http:\/\/gatehouse:8080\/\.gatehouse\/auth(?:\?unauthenticated=redirect)?$/)
    }
  })

  test('identity headers are taken off in both spellings, before anything is asked', () => {
    const removed = http.middlewares['without-identity'].headers.customRequestHeaders
    for (const name of NAMES) {
      assert.equal(removed[name], '', name)
      assert.equal(removed[name.replaceAll('-', '_')], '', name)
    }
    for (const router of [http.routers.navigations, http.routers.others]) {
      assert.equal(router.middlewares[0], 'without-identity')
      assert.match(router.middlewares[1], /^gatehouse/)
      assert.match(router.rule, /!PathPrefix\(`\/\.gatehouse\/`\)/)
    }
  })
})

describe('envoy.yaml', () => {
  const [listener] = parse(textOf('envoy.yaml')).static_resources.listeners
  const manager = listener.filter_chains[0].filters[0].typed_config
  const [check] = manager.http_filters.map((filter: { typed_config: object }) => filter.typed_config)
  const lower = NAMES.map((name) => name.toLowerCase())

  test('identity headers are taken off first, and names with underscores are dropped', () => {
    const { mutations } = manager.early_header_mutation_extensions[0].typed_config
    const removed = mutations.map(({ remove }: { remove: string }) => remove)
    for (const name of lower) assert.ok(removed.includes(name), name)
    assert.equal(manager.common_http_protocol_options.headers_with_underscores_action, 'DROP_HEADER')
  })

  test('a check that fails lets nothing pass; what decides is asked about, and the identity headers are set', () => {
    assert.equal(check.failure_mode_allow, false)
    assert.equal(check.http_service.path_prefix, '/.gatehouse/auth')
    const exact = ({ patterns }: { patterns: readonly { exact: string }[] }) => patterns.map((pattern) => pattern.exact)
    const asked = exact(check.allowed_headers)
    for (const name of ['cookie', 'authorization', 'origin', 'sec-fetch-site', 'sec-websocket-key']) {
      assert.ok(asked.includes(name), name)
    }
    assert.deepEqual(exact(check.http_service.authorization_response.allowed_upstream_headers), lower)
  })
})
