import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file, loaded, provider, service } from './support.ts'

test('A file with a publicUrl alone loads with every default', async () => {
  const { file: path, hash, fromFile, dataDir, ...config } = await loaded(file())
  assert.match(path, /^\/.*gatehouse\.yaml$/)
  assert.match(hash, /^[\w-]{43}$/)
  assert.deepEqual(fromFile, ['publicUrl'])
  assert.equal(dataDir, path.replace(/\/[^/]+\/gatehouse\.yaml$/, '/data'))
  assert.deepEqual(config, {
    publicUrl: { origin: 'https://gate.example', host: 'gate.example', secure: true },
    listen: { host: '127.0.0.1', port: 8080, tls: null },
    admin: { publicUrl: null, listen: null },
    trustedProxies: [],
    connections: { perAddress: 5000 },
    stores: { directory: 'sqlite', sessions: 'sqlite', redis: null, graceSeconds: 30 },
    keys: { identity: null, cookies: null },
    serviceProvider: { entityId: 'https://gate.example/.gatehouse/saml/metadata', signing: null, decryption: [] },
    signIn: { requestLifetimeMinutes: 30, defaultIdp: null, startsPerMinute: 300, postsPerMinute: 300 },
    identityProviders: [],
    localSignIn: { enabled: false, from: [], totp: 'required', services: false },
    session: {
      timeoutMinutes: 720,
      samlOffsetMinutes: 5,
      idpExpiry: 'strict',
      idleMaxMinutes: null,
      absoluteMaxMinutes: null,
    },
    audit: { keepDays: 400 },
    services: [],
  })
})

test('A provider with id and metadata alone gets every default', async () => {
  const config = await loaded(file({ identityProviders: [provider()] }))
  assert.deepEqual(config.identityProviders, [
    {
      id: 'okta',
      displayName: 'okta',
      metadata: { kind: 'url', url: 'https://idp.example/metadata' },
      binding: 'redirect',
      signRequests: 'auto',
      want: { signedResponse: true, signedAssertion: true, encryptedAssertion: false },
      minimumSignature: 'rsa-sha256',
      allowCbc: false,
      allowUnsolicited: false,
      loginAttribute: 'NameID',
      accountDomains: [],
      createUnknownOperator: true,
      adminAttribute: 'FnmsAdmin',
      adminMode: 'fnms',
      attributes: { displayName: ['displayName', 'cn'], email: ['mail', 'email'] },
      entry: null,
      groups: { attribute: null, map: {}, mode: 'additive' },
    },
  ])
})

test('A service with its required keys alone gets every default', async () => {
  const config = await loaded(file({ services: [service()] }))
  assert.deepEqual(config.services, [
    {
      id: 'licences',
      profile: 'web-application',
      match: { path: '/flexnet/', host: null },
      upstream: ['http://127.0.0.1:7070'],
      keepPrefix: false,
      access: 'required',
      guest: false,
      public: [],
      passive: [],
      authorization: 'on',
      unlistedOperations: 'deny',
      headers: {},
      preserveHost: false,
      passAuthorization: false,
      allowedOrigins: [],
      credential: { type: 'none' },
      timeouts: { connectSeconds: 5, headersSeconds: 60, idleSeconds: 300 },
      upstreamTls: { ca: null, serverName: null, verify: true },
      maxBody: null,
      pathRules: { encodedSlash: 'refuse', pathParameters: 'refuse' },
      settings: {},
    },
  ])
})

test('With several providers adminAttribute is null unless it is set; with one it can be set to null', async () => {
  const several = [provider(), provider({ id: 'entra', adminAttribute: 'Boss' })]
  const { identityProviders } = await loaded(file({ identityProviders: several }))
  assert.deepEqual(
    identityProviders.map((each) => each.adminAttribute),
    [null, 'Boss'],
  )
  const one = await loaded(file({ identityProviders: [provider({ adminAttribute: null })] }))
  assert.equal(one.identityProviders[0]?.adminAttribute, null)
})

test('A section that is set in part keeps the defaults of the rest', async () => {
  const config = await loaded(file({ session: { timeoutMinutes: 0.5 }, listen: { port: 1 } }))
  assert.equal(config.session.timeoutMinutes, 0.5)
  assert.equal(config.session.samlOffsetMinutes, 5)
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 1, tls: null })
})

test('Group maps of every form become lists of role and service', async () => {
  const map = {
    a: 'administrator',
    b: { role: 'openlm:admin_role' },
    c: [{ role: 'x', service: 'licences' }, 'y'],
  }
  const groups = { attribute: 'groups', map }
  const config = await loaded(file({ identityProviders: [provider({ groups })], services: [service()] }))
  assert.deepEqual(config.identityProviders[0]?.groups.map, {
    a: [{ role: 'administrator', service: null }],
    b: [{ role: 'openlm:admin_role', service: null }],
    c: [
      { role: 'x', service: 'licences' },
      { role: 'y', service: null },
    ],
  })
})

test('Addresses are brought to one form: CIDRs, domains, upstreams, the public URL', async () => {
  const config = await loaded({
    publicUrl: 'https://Gate.Example:443/',
    trustedProxies: ['10.0.0.0/8', '192.0.2.1', '::1'],
    identityProviders: [provider({ accountDomains: ['Example.COM'] })],
    services: [service({ upstream: ['https://up.example:8443/base/'] })],
  })
  assert.deepEqual(config.publicUrl, { origin: 'https://gate.example', host: 'gate.example', secure: true })
  assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '192.0.2.1/32', '::1/128'])
  assert.deepEqual(config.identityProviders[0]?.accountDomains, ['example.com'])
  assert.deepEqual(config.services[0]?.upstream, ['https://up.example:8443/base'])
})

test('The result is frozen to its leaves', async () => {
  const config = await loaded(file({ identityProviders: [provider()], services: [service()] }))
  const open: string[] = []
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Object.isFrozen(value)) open.push(path)
    for (const [key, entry] of Object.entries(value)) visit(entry, `${path}.${key}`)
  }
  visit(config, 'config')
  assert.deepEqual(open, [])
})
