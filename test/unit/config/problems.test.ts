import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { loadConfig } from '../../../src/config/load.ts'
import { formatProblem } from '../../../src/config/problem.ts'
import { clock, file, loaded, pair, problems, provider, service } from './support.ts'

const idp = (changes: object) => file({ identityProviders: [provider({ ...changes })] })
const app = (changes: object) => file({ services: [service({ ...changes })] })
const inline = (changes: object) => ({
  entityId: 'urn:idp',
  ssoUrl: 'https://idp.example/sso',
  certificates: [`\${CERT}`],
  ...changes,
})

/** Title, file, and the one key that is refused. */
const REFUSED: readonly (readonly [string, Record<string, unknown>, string, RegExp])[] = [
  ['publicUrl missing', { services: [] }, 'publicUrl', /is missing/],
  ['publicUrl with a path', { publicUrl: 'https://a.example/app' }, 'publicUrl', /bare origin/],
  ['publicUrl with a user', { publicUrl: 'https://u@a.example' }, 'publicUrl', /bare origin/],
  ['publicUrl with a query', { publicUrl: 'https://a.example/?' }, 'publicUrl', /bare origin/],
  ['publicUrl of another scheme', { publicUrl: 'ftp://a.example' }, 'publicUrl', /bare origin/],
  ['http off localhost', { publicUrl: 'http://a.example' }, 'publicUrl', /http only for localhost/],
  ['http on another private address', { publicUrl: 'http://10.0.0.1' }, 'publicUrl', /localhost/],
  ['http on a name that only looks local', { publicUrl: 'http://127.0.0.1.example' }, 'publicUrl', /localhost/],
  ['an unknown key', file({ colour: 'red' }), 'colour', /unknown key; known here: publicUrl, listen/],
  ['a required key misspelt', { publicURL: 'https://a.example' }, 'publicURL', /did you mean publicUrl\?/],
  ['a misspelt path', app({ match: { paht: '/a/' } }), 'services[0].match.paht', /did you mean path\?/],
  ['an unknown key inside', app({ timeouts: { connect: 1 } }), 'services[0].timeouts.connect', /connectSeconds/],
  ['a port out of range', file({ listen: { port: 70000 } }), 'listen.port', /0 to 65535/],
  ['a port as text', file({ listen: { port: '8080' } }), 'listen.port', /whole number/],
  ['a section that is a text', file({ session: 'long' }), 'session', /section with the keys timeoutMinutes/],
  ['a list that is a section', file({ services: {} }), 'services', /must be a list/],
  ['a bad CIDR', file({ trustedProxies: ['10.0.0.0/33'] }), 'trustedProxies[0]', /CIDR/],
  ['an octal address', file({ trustedProxies: ['010.0.0.1'] }), 'trustedProxies[0]', /CIDR/],
  ['an offset above 60', file({ session: { samlOffsetMinutes: 60.5 } }), 'session.samlOffsetMinutes', /0 to 60/],
  ['an offset below 0', file({ session: { samlOffsetMinutes: -1 } }), 'session.samlOffsetMinutes', /0 to 60/],
  ['a timeout of 0', file({ session: { timeoutMinutes: 0 } }), 'session.timeoutMinutes', /above 0/],
  [
    'a default provider that is not there',
    file({ signIn: { defaultIdp: 'x' } }),
    'signIn.defaultIdp',
    /not a configured/,
  ],
  ['metadata missing', file({ identityProviders: [{ id: 'a' }] }), 'identityProviders[0].metadata', /is missing/],
  ['the reserved id', idp({ id: 'local' }), 'identityProviders[0].id', /reserved/],
  ['the id of guests', idp({ id: 'guest' }), 'identityProviders[0].id', /reserved for guests/],
  ['a bad id', idp({ id: 'Okta' }), 'identityProviders[0].id', /a to z/],
  ['a word that is not listed', idp({ binding: 'soap' }), 'identityProviders[0].binding', /redirect, post/],
  [
    'nothing signed',
    idp({ want: { signedResponse: false, signedAssertion: false } }),
    'identityProviders[0].want',
    /both/,
  ],
  ['metadata over http', idp({ metadata: { url: 'http://a.example' } }), 'identityProviders[0].metadata.url', /https/],
  [
    'two forms of metadata',
    idp({ metadata: { url: 'https://a.example', file: 'idp.xml' } }),
    'identityProviders[0].metadata.url',
    /./,
  ],
  ['a domain with @', idp({ accountDomains: ['@a.example'] }), 'identityProviders[0].accountDomains[0]', /without @/],
  [
    'an entry rule of nobody',
    idp({ entry: { attribute: 'g', anyOf: [] } }),
    'identityProviders[0].entry.anyOf',
    /1 to/,
  ],
  ['a bad role name', idp({ groups: { map: { g: ['A B'] } } }), 'identityProviders[0].groups.map.g[0]', /role name/],
  [
    'a mapped service that is not there',
    idp({ groups: { map: { 'CN=x': { role: 'a', service: 'gone' } } } }),
    'identityProviders[0].groups.map["CN=x"].service',
    /not a configured service/,
  ],
  ['a match without path and host', app({ match: {} }), 'services[0].match', /must hold path/],
  [
    'a host that needs https under a publicUrl of http',
    { ...app({ match: { host: 'lic.example.com' } }), publicUrl: 'http://localhost:8080' },
    'services[0].match.host',
    /needs https/,
  ],
  ['a path without final slash', app({ match: { path: '/a' } }), 'services[0].match.path', /begins and ends with/],
  ['a path under ours', app({ match: { path: '/.gatehouse/x/' } }), 'services[0].match.path', /gatehouse/],
  ['a path with an empty segment', app({ match: { path: '/a//b/' } }), 'services[0].match.path', /normal form/],
  ['a path with a dot segment', app({ match: { path: '/a/../' } }), 'services[0].match.path', /normal form/],
  ['a path with a hidden dot segment', app({ match: { path: '/a/%2E%2E/' } }), 'services[0].match.path', /normal form/],
  ['a path with a hidden slash', app({ match: { path: '/a%2Fb/' } }), 'services[0].match.path', /normal form/],
  ['a path that is not UTF-8', app({ match: { path: '/%FF/' } }), 'services[0].match.path', /normal form/],
  ['an upstream of another scheme', app({ upstream: 'ftp://a' }), 'services[0].upstream', /http or https/],
  ['an upstream with a user', app({ upstream: 'http://u:p@a' }), 'services[0].upstream', /without user/],
  ['an upstream with a query', app({ upstream: 'http://a/?q' }), 'services[0].upstream', /without user, query/],
  ['an empty list of upstreams', app({ upstream: [] }), 'services[0].upstream', /1 to 32/],
  ['a pattern without slash', app({ public: ['a/*'] }), 'services[0].public[0]', /begins with/],
  ['a pattern with three stars', app({ passive: ['/***'] }), 'services[0].passive[0]', /pattern/],
  [
    'a header that is ours',
    app({ headers: { X_Gatehouse_Roles: 'roles' } }),
    'services[0].headers.X_Gatehouse_Roles',
    /name/,
  ],
  ['a header that is no token', app({ headers: { 'X Y': 'id' } }), 'services[0].headers["X Y"]', /token/],
  ['a header of two spellings', app({ headers: { 'X-U': 'id', x_u: 'name' } }), 'services[0].headers.x_u', /spelling/],
  ['a header value', app({ headers: { 'X-U': 'attribute:' } }), 'services[0].headers.X-U', /attribute:<name>/],
  [
    'an origin with a path',
    app({ allowedOrigins: ['https://a.example/x'] }),
    'services[0].allowedOrigins[0]',
    /origin/,
  ],
  ['a body limit below 0', app({ maxBody: -1 }), 'services[0].maxBody', /bytes/],
  ['an authorization of false', app({ authorization: false }), 'services[0].authorization', /on, off/],
  [
    'two providers of one id',
    file({ identityProviders: [provider(), provider()] }),
    'identityProviders[1].id',
    /differ/,
  ],
  [
    'two services of one id',
    file({ services: [service(), service({ match: { path: '/b/' } })] }),
    'services[1].id',
    /another service/,
  ],
  [
    'two services of one match',
    file({ services: [service(), service({ id: 'b' })] }),
    'services[1].match.path',
    /same match/,
  ],
  [
    'two services of one host, one of them with its scheme’s port',
    file({
      services: [
        service({ match: { host: 'lic.example.com' } }),
        service({ id: 'b', match: { host: 'LIC.example.com:443', path: '/' } }),
      ],
    }),
    'services[1].match.path',
    /same match/,
  ],
  [
    'an entity id that is no URI',
    idp({ metadata: inline({ entityId: 'a b' }) }),
    'identityProviders[0].metadata.entityId',
    /entity id/,
  ],
]

describe('Each mistake is one problem at its key', () => {
  let cert = ''
  before(async () => {
    cert = (await pair()).cert
  })
  for (const [title, content, key, message] of REFUSED) {
    test(title, async () => {
      const found = await problems(content, { env: { CERT: cert }, files: { 'idp.xml': '<xml/>' } })
      assert.deepEqual(
        found.map((problem) => problem.key),
        [key],
        JSON.stringify(found),
      )
      assert.match(found[0]?.message ?? '', message)
    })
  }
})

describe('What stands next to a refused value is accepted', () => {
  const ACCEPTED: readonly (readonly [string, Record<string, unknown>])[] = [
    ['http on localhost', { publicUrl: 'http://localhost:8080' }],
    ['http below localhost', { publicUrl: 'http://a.localhost' }],
    ['http in 127.0.0.0/8', { publicUrl: 'http://127.9.9.9' }],
    ['http on ::1', { publicUrl: 'http://[::1]:1' }],
    ['an offset of 60', file({ session: { samlOffsetMinutes: 60 } })],
    ['an offset of 0', file({ session: { samlOffsetMinutes: 0 } })],
    ['one signature wanted', idp({ want: { signedResponse: false } })],
    ['a default provider that is there', { ...idp({}), signIn: { defaultIdp: 'okta' } }],
    ['metadata over http on localhost', idp({ metadata: { url: 'http://localhost:1/m' } })],
    ['the root path', app({ match: { path: '/' } })],
    ['a path with an escape in normal form', app({ match: { path: '/caf%C3%A9/a.b~c/' } })],
    ['a list of one upstream', app({ upstream: ['http://a'] })],
    ['patterns', app({ public: ['/', '/a/*.css', '/b/**', '**/x'] })],
    ['headers', app({ headers: { 'Remote-User': 'account', 'X-Forwarded-User': 'attribute:my dept' } })],
    ['authorization off', app({ authorization: 'off' })],
    ['memory for both stores', file({ stores: { directory: 'memory', sessions: 'memory' } })],
    ['a host', app({ match: { host: 'lic.example.com' } })],
    ['a host with a port, and a path', app({ match: { host: 'lic.example.com:8443', path: '/a/' } })],
    [
      'a host on this machine under a publicUrl of http',
      { ...app({ match: { host: 'lic.localhost:8080' } }), publicUrl: 'http://localhost:8080' },
    ],
    [
      'one path on two hosts and on all',
      file({
        services: [
          service(),
          service({ id: 'b', match: { path: '/flexnet/', host: 'b.example.com' } }),
          service({ id: 'c', match: { path: '/flexnet/', host: 'c.example.com' } }),
        ],
      }),
    ],
    [
      'services below each other',
      file({ services: [service(), service({ id: 'b', match: { path: '/flexnet/b/' } })] }),
    ],
  ]
  for (const [title, content] of ACCEPTED) {
    test(title, async () => {
      assert.deepEqual(await problems(content), [])
    })
  }
})

test('Twelve mistakes in one file give twelve problems', async () => {
  const found = await problems(
    `
publicUrl: http://licences.example.com
lisen: { port: 1 }
listen: { port: 99999 }
stores: { directory: "postgres://gate:h%40us@e@db.example/x?password=two" }
signIn: { defaultIdp: nobody }
session: { samlOffsetMinutes: 90 }
identityProviders:
  - { id: okta, metadata: { file: gone.xml }, binding: soap }
  - { id: okta, metadata: { url: "https://idp.example/m" }, want: { signedResponse: false, signedAssertion: false } }
services:
  - { id: a, profile: web-application, match: { path: /a }, upstream: "\${UNSET_UPSTREAM}" }
`,
  )
  assert.deepEqual(found.map((problem) => problem.key).toSorted(), [
    'identityProviders[0].binding',
    'identityProviders[0].metadata.file',
    'identityProviders[1].id',
    'identityProviders[1].want',
    'lisen',
    'listen.port',
    'publicUrl',
    'services[0].match.path',
    'services[0].upstream',
    'session.samlOffsetMinutes',
    'signIn.defaultIdp',
    'stores.directory',
  ])
})

test('A problem names the value that stands there, shortened', async () => {
  const found = await problems(
    file({ listen: { port: 70000 }, publicUrl: `https://a/${'x'.repeat(200)}`, signIn: [1, 2] }),
  )
  const values = Object.fromEntries(found.map(({ key, value }) => [key, value]))
  assert.equal(values['listen.port'], '70000')
  assert.equal(values['signIn'], 'a list of 2')
  assert.equal(values['publicUrl']?.length, 80)
  assert.ok(values['publicUrl']?.endsWith('…'))
})

test('No problem shows a secret', async () => {
  const content = file({
    stores: { directory: 'redis://:hush/ed@h@db/0?password=hush2', sessions: 'rediss://hush3@db' },
    keys: { cookies: 'hush4', identity: 'hush5' },
    password: 'hush6',
    serviceProvider: {
      signing: { key: '-----BEGIN PRIVATE KEY-----\nhush7\n-----END PRIVATE KEY-----', cert: 'gone.crt' },
    },
    services: [service({ credential: { type: 'basic', password: 'hush8' }, upstream: 'http://u:hush9@a' })],
    session: { timeoutMinutes: `\${SECRET}` },
  })
  const found = await problems(content, { env: { SECRET: 'hush10' } })
  assert.equal(found.length, 10, JSON.stringify(found))
  assert.doesNotMatch(JSON.stringify(found), /hush/)
})

test('A private key in the wrong place is not shown; the name of a file is', async () => {
  const pem = '-----BEGIN PRIVATE KEY-----hush-----END PRIVATE KEY-----'
  const found = async (signing: object) => problems(file({ serviceProvider: { signing } }))
  const values = (await found({ key: 'A'.repeat(200), cert: pem })).map(({ key, value }) => [key, value])
  assert.deepEqual(values, [
    ['serviceProvider.signing.key', '(secret)'],
    ['serviceProvider.signing.cert', '(secret)'],
  ])
  const names = (await found({ key: '../certs/sp.key', cert: '../certs/sp.crt' })).map(({ value }) => value)
  assert.deepEqual(names, ['../certs/sp.key', '../certs/sp.crt'])
})

test('One line per problem: key, value, message; control and direction characters escaped', () => {
  assert.equal(
    formatProblem({ key: 'listen.port', value: 'a\n\u001b[31m\u202e', message: 'must be 1\r\n2' }),
    'listen.port (a\\u{a}\\u{1b}[31m\\u{202e}): must be 1\\u{d}\\u{a}2',
  )
  assert.equal(formatProblem({ key: '', value: null, message: 'is empty' }), 'the file: is empty')
})

test('What profile and metadata checks say becomes a problem of the service and the provider', async () => {
  const seen: unknown[] = []
  const found = await problems(
    { publicUrl: 'http://localhost', ...idp({ metadata: { file: 'idp.xml' } }), ...app({}) },
    {
      files: { 'idp.xml': '<xml/>' },
      checks: {
        profile: (id) => `no profile ${id}`,
        settings: () => [],
        metadata: (text, about) => {
          seen.push(text, about)
          return ['has no key', 'has expired']
        },
      },
    },
  )
  assert.deepEqual(
    found.map(({ key, message }) => [key, message]),
    [
      ['services[0].profile', 'no profile web-application'],
      ['identityProviders[0].metadata.file', 'has no key'],
      ['identityProviders[0].metadata.file', 'has expired'],
    ],
  )
  assert.deepEqual(seen, ['<xml/>', { publicUrlIsLocal: false }])
})

test('Two providers of one entityId in their metadata files are refused; two of different ones are taken', async () => {
  const content = file({
    identityProviders: [
      provider({ metadata: { file: 'a.xml' } }),
      provider({ id: 'entra', metadata: { file: 'b.xml' } }),
    ],
  })
  const found = (second: string) =>
    problems(content, { files: { 'a.xml': 'urn:a', 'b.xml': second }, checks: { entityId: (text) => text } })
  assert.deepEqual(
    (await found('urn:a')).map(({ key }) => key),
    ['identityProviders[1].metadata.file'],
  )
  assert.deepEqual(await found('urn:b'), [])
})

test('The text of a metadata file is kept with its absolute path', async () => {
  const config = await loaded(idp({ metadata: { file: 'idps/a.xml' } }), { files: { 'idps/a.xml': '<xml/>' } })
  const metadata = config.identityProviders[0]?.metadata
  assert.ok(metadata?.kind === 'file')
  assert.equal(metadata.text, '<xml/>')
  assert.match(metadata.file, /^\/.*\/idps\/a\.xml$/)
})

test('A file that is not there is one problem', async () => {
  const result = await loadConfig({
    file: '/nowhere/g.yaml',
    env: {},
    clock,
    checks: {
      profile: () => null,
      settings: () => [],
      guests: () => true,
      metadata: () => [],
      entityId: () => undefined,
    },
  })
  assert.deepEqual(result, {
    ok: false,
    error: [{ key: '', value: '/nowhere/g.yaml', message: 'the configuration file cannot be read (ENOENT)' }],
  })
})

test('O-17: guests are refused where the profile has no role for them, and beside what would give them more', async () => {
  const guests = (id: string) => id !== 'plain'
  const found = async (service: Readonly<Record<string, unknown>>) => {
    const all = await problems(
      { publicUrl: 'http://localhost', ...app({ guest: true, ...service }) },
      { checks: { guests } },
    )
    return all.filter(({ key }) => key === 'services[0].guest').map(({ message }) => message)
  }
  assert.deepEqual(await found({ profile: 'openlm' }), [])
  assert.match(String(await found({ profile: 'plain' })), /the profile plain has no role for guests/)
  for (const more of [
    { access: 'optional' },
    { access: 'public' },
    { authorization: 'off' },
    { unlistedOperations: 'open' },
  ]) {
    const [message] = await found({ profile: 'openlm', ...more })
    assert.match(message ?? '', /does not go together with/, JSON.stringify(more))
    assert.deepEqual(await found({ profile: 'openlm', ...more, guest: false }), [])
  }
})
