/** A data plane with real sockets, real sessions and a directory in memory, in front of whatever services a test gives. */

import { createServer, type Server } from 'node:http'

import type { ObjectFacts } from '../../src/authz/model.ts'
import { compileSnapshot, type SnapshotParts } from '../../src/authz/snapshot.ts'
import type { PublicUrl, ServiceConfig } from '../../src/config/config.ts'
import { alarms } from '../../src/core/alarms.ts'
import type { Log, LogFields } from '../../src/core/log.ts'
import { systemRandom } from '../../src/core/random.ts'
import { type Clock, instant, seconds } from '../../src/core/time.ts'
import { checkDelegation } from '../../src/directory/delegation.ts'
import type { CurrentOperator } from '../../src/directory/operator-facts.ts'
import { longStreams } from '../../src/gateway/long-streams.ts'
import { askedObjects, type StoredObjects } from '../../src/gateway/operations/asked-objects.ts'
import { contentRules as contentRulesOf } from '../../src/gateway/operations/content-rules.ts'
import { serviceOperations } from '../../src/gateway/operations/service-operations.ts'
import { type GatewayParts, gatewayPipeline } from '../../src/gateway/pipeline.ts'
import { refuseConnect } from '../../src/gateway/raw-refusal.ts'
import { type StreamMemory, streamMemory } from '../../src/gateway/stream-memory.ts'
import { inTurn } from '../../src/gateway/turns.ts'
import { openUpstreams } from '../../src/gateway/upstreams.ts'
import { responder } from '../../src/http/respond.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import { loadShippedProfiles } from '../../src/profiles/shipped.ts'

import { sessionCookies } from '../../src/session/cookies.ts'
import { handoffService } from '../../src/session/handoffs.ts'
import type { LiveSession } from '../../src/session/sessions.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Grant, Session } from '../../src/store/ports.ts'
import { listen } from './echo-upstream.ts'

const SHIPPED = await loadShippedProfiles()

export const PUBLIC_URL: PublicUrl = { origin: 'https://gw.test', host: 'gw.test', secure: true }

/** A service with the defaults of the configuration. */
export function service(over: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    id: 'app',
    profile: 'web-application',
    match: { path: '/app/', host: null },
    upstream: ['http://127.0.0.1:9'],
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
    ...over,
  }
}

export const GRANT: Grant = {
  role: 'web-application:user',
  service: null,
  source: 'local',
  locked: false,
  expiresAt: null,
  scope: null,
}

export function operator(over: Partial<CurrentOperator> = {}): CurrentOperator {
  return {
    id: 'op-1',
    provider: 'okta',
    account: 'ann@example.com',
    displayName: 'Ann Ä',
    email: null,
    enabled: true,
    createdAt: instant(0),
    lastSignInAt: null,
    grants: [GRANT],
    permissions: [],
    memberships: [],
    revision: 1,
    ...over,
  }
}

export function session(over: Partial<Session> = {}): Session {
  return {
    id: 'session-1',
    operatorId: 'op-1',
    provider: 'okta',
    nameId: null,
    nameIdFormat: null,
    sessionIndex: null,
    authnContext: null,
    attributes: [],
    authenticatedAt: null,
    signedInAt: instant(0),
    sessionNotOnOrAfter: null,
    lastActivityAt: instant(0),
    ...over,
  }
}

export interface TestGateway {
  readonly url: string
  readonly port: number
  /** Cookie header value of a live session of `operator`. */
  readonly cookie: string
  /** Ids of sessions that acted, in order. */
  readonly actions: readonly string[]
  readonly logged: readonly (readonly [event: string, fields: LogFields | undefined])[]
  readonly observed: readonly { readonly service: string | null; readonly status: number }[]
  /** What the audit got: the methods of changes, and their outcomes by status. */
  readonly changes: readonly (string | number)[]
  /** Refusals that the audit got to count: operation and code. */
  readonly denials: readonly string[]
  readonly server: Server
  /** Codes of the alarms that are raised, with their subjects. */
  alarms(): readonly string[]
  /** Ends the session as whoever watches it sees it. */
  endSession(): void
  /** How many watch the session. */
  watched(): number
  /** Ends what is long under way, as when the process stops. */
  drain(): void
  close(): Promise<void>
}

/** Opens the gateway. `wait` lets every fact be read asynchronously. */
export async function testGateway({
  services,
  operator: person = operator(),
  session: facts = session(),
  trustedProxies = [],
  clock = { now: () => instant(1_800_000_000_000) },
  wait = false,
  memory = streamMemory({ collect: () => {}, restrain: () => {} }),
  contentRules,
  model = {},
  stored = [],
  others = [],
  profiles = SHIPPED,
}: {
  services: readonly ServiceConfig[]
  operator?: CurrentOperator | undefined
  session?: Session
  trustedProxies?: readonly string[]
  clock?: Clock
  wait?: boolean
  memory?: StreamMemory
  contentRules?: GatewayParts['contentRules']
  model?: Pick<SnapshotParts, 'roles' | 'groups'>
  /** Facts about stored objects. */
  stored?: readonly (ObjectFacts & { readonly service: string })[]
  /** People whom requests may be about, besides `operator`. */
  others?: readonly CurrentOperator[]
  profiles?: ReadonlyMap<string, Profile>
}): Promise<TestGateway> {
  const cookies = sessionCookies({ publicUrl: PUBLIC_URL, key: Buffer.alloc(32, 7) })
  const secret = cookies.newSecret(systemRandom)
  const later = <Value>(value: Value): Value | Promise<Value> => (wait ? Promise.resolve(value) : value)
  const snapshot = compileSnapshot({ services, profiles, revision: 1, ...model })
  const profileOf = (id: string) => profiles.get(services.find((each) => each.id === id)?.profile ?? '')
  const objects = askedObjects({
    objects: storedObjects(stored, later),
    operators: { list: async ({ account }) => [person, ...others].filter((each) => each.account === account) },
    snapshot: () => snapshot,
    typeOf: (id, type) => profileOf(id)?.objectTypes.get(type),
  })
  const rulesOf = contentRules ?? contentRulesOf({ snapshot: () => snapshot, objects, profileOf })
  const raised = alarms({ clock })
  const actions: string[] = []
  const changes: (string | number)[] = []
  const denials: string[] = []
  const observed: { service: string | null; status: number }[] = []
  const { log, logged } = recordingLog()
  const upstreams = openUpstreams({ services, clock, log, random: systemRandom })
  const watchers = new Set<() => void>()
  const streams = longStreams({
    sessions: {
      watch(_session, _cookieHeader, ended) {
        watchers.add(ended)
        return () => watchers.delete(ended)
      },
    },
  })
  const live: LiveSession = { session: facts, expiresAt: instant(clock.now() + 3_600_000), governedBy: 'timeout' }
  const pipeline = gatewayPipeline({
    publicUrl: PUBLIC_URL,
    services,
    trustedProxies,
    cookies,
    upstreams,
    streams,
    memory,
    log,
    clock,
    random: systemRandom,
    snapshot: () => snapshot,
    objects,
    operations: serviceOperations({ services, profiles }),
    alarms: raised,
    checkGift: (giver, gift) => checkDelegation(snapshot, giver, gift),
    contentRules: rulesOf,
    beginErrand: () => undefined,
    handoffs: handoffService({
      publicUrl: PUBLIC_URL,
      store: memoryStore(),
      cookies,
      detourLife: () => seconds(1800),
      clock,
      random: systemRandom,
    }),
    respond: responder({ secure: true }),
    sessions: {
      authenticate: (header, host) => later(cookies.read(header, host) === secret.secretHash ? live : undefined),
      recordAction(acting) {
        actions.push(acting.session.id)
        return acting
      },
    },
    operators: { load: (id) => later(id === person.id ? person : undefined) },
    tokens: { cached: () => (wait ? undefined : 'test.identity.token'), mint: async () => 'test.identity.token' },
    metrics: { observe: (request) => observed.push(request) },
    audit: {
      recordIntent: async ({ method }) => void changes.push(method),
      recordOutcome: ({ status }) => void changes.push(status),
      countDenial: ({ operation }, code) => void denials.push(`${operation} ${code}`),
    },
  })
  const handle = inTurn(pipeline.handle)
  const server = createServer(handle).on('checkContinue', handle)
  server.on('upgrade', (req, _socket, head) => pipeline.handleUpgrade(req, head)).on('connect', refuseConnect)
  const url = await listen(server)
  return {
    url,
    port: Number(new URL(url).port),
    cookie: `__Host-gatehouse=${secret.value}`,
    actions,
    changes,
    denials,
    logged,
    observed,
    alarms: () => raised.list().map(({ code, subject }) => `${code} ${subject}`),
    endSession() {
      for (const ended of [...watchers]) ended()
    },
    watched: () => watchers.size,
    drain: streams.endAll,
    server,
    close: () => closeAll(server, upstreams),
  }
}

function storedObjects(
  stored: readonly (ObjectFacts & { readonly service: string })[],
  later: <Value>(value: Value) => Value | Promise<Value>,
): StoredObjects {
  const load = (service: string, type: string, id: string): ObjectFacts =>
    stored.find((each) => each.service === service && each.type === type && each.id === id) ?? {
      type,
      id,
      owner: null,
      ownerGroups: [],
      accessList: null,
      ancestors: [],
    }
  return {
    load: (...name) => later(load(...name)),
    loadAll: async (service, type, ids) => ids.map((id) => load(service, type, id)),
  }
}

function recordingLog(): { log: Log; logged: (readonly [string, LogFields | undefined])[] } {
  const logged: (readonly [string, LogFields | undefined])[] = []
  const note = (event: string, fields?: LogFields) => void logged.push([event, fields])
  return { log: { debug: note, info: note, warn: note, error: note }, logged }
}

async function closeAll(server: Server, upstreams: { close(): Promise<void> }): Promise<void> {
  server.closeAllConnections()
  server.close()
  await upstreams.close()
}
