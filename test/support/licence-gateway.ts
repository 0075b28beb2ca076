/** A gateway in front of a licence service of a shipped profile, asked by somebody who holds given roles. */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'

import type { DirectoryGroup, DirectoryRole, ObjectFacts } from '../../src/authz/model.ts'
import type { ServiceConfig } from '../../src/config/config.ts'
import type { CurrentOperator } from '../../src/directory/operator-facts.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import { listen } from './echo-upstream.ts'
import { GRANT, operator, service, session, testGateway } from './gateway.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
}

export interface LicenceGateway {
  /** `METHOD /path`, the path as the service has it; `body` goes as JSON. Without `anonymous` under the session. */
  ask(
    line: string,
    more?: { body?: unknown; headers?: Record<string, string | string[]>; anonymous?: boolean },
  ): Promise<Reply>
  /** What the service has been asked, oldest first. */
  readonly seen: Seen[]
  /** What the audit got: methods of changes, and their outcomes by status. */
  readonly changes: readonly (string | number)[]
  /** Refusals that the audit got to count: operation and code. */
  readonly denials: readonly string[]
  /** Ids of sessions that acted, in order. */
  readonly actions: readonly string[]
  close(): Promise<void>
}

export interface Setup {
  readonly profile: string
  /** Instead of the shipped ones. */
  readonly profiles?: ReadonlyMap<string, Profile>
  /** Short names of shipped roles of the profile. */
  readonly roles: readonly string[]
  readonly config?: Partial<ServiceConfig>
  readonly stored?: readonly ObjectFacts[]
  readonly groups?: readonly DirectoryGroup[]
  /** Roles of the directory. */
  readonly directoryRoles?: readonly DirectoryRole[]
  /** The one who asks, where it is not Ann. */
  readonly person?: Partial<CurrentOperator>
  readonly others?: readonly CurrentOperator[]
  /** What the service answers; by default 200 and an empty object. */
  readonly answer?: (request: Seen) => Answer | Promise<Answer>
}

interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Opens the gateway and its service; ids are those of `operator()`. */
export async function licenceGateway({
  profile,
  profiles,
  roles,
  config = {},
  stored = [],
  groups = [],
  directoryRoles = [],
  person = {},
  others = [],
  answer,
}: Setup): Promise<LicenceGateway> {
  const seen: Seen[] = []
  const server = createServer(async (req, res) => {
    const asked = { method: req.method ?? '', url: req.url ?? '', body: await text(req) }
    seen.push(asked)
    const { status = 200, headers = {}, body = '{}' } = (await answer?.(asked)) ?? {}
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body)
  })
  const upstream = await listen(server)
  const gateway = await testGateway({
    services: [service({ profile, upstream: [upstream], match: { path: '/s/', host: null }, ...config })],
    operator: operator({
      grants: roles.map((role) => ({ ...GRANT, role: `${profile}:${role}`, service: null })),
      ...person,
    }),
    session: session({ operatorId: person.id ?? 'op-1' }),
    model: { groups, roles: directoryRoles },
    ...(profiles !== undefined && { profiles }),
    others,
    stored: stored.map((each) => ({ ...each, service: 'app' })),
  })
  return {
    seen,
    changes: gateway.changes,
    denials: gateway.denials,
    actions: gateway.actions,
    ask: (line, more = {}) => ask(gateway.port, gateway.cookie, line, more),
    async close() {
      await gateway.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A file of `test/cases/matrices/`. */
export function matrix(name: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, '../cases/matrices', `${name}.yaml`), 'utf8'))
}

async function ask(
  port: number,
  cookie: string,
  line: string,
  { body, headers = {}, anonymous = false }: NonNullable<Parameters<LicenceGateway['ask']>[1]>,
): Promise<Reply> {
  const [method = '', path = ''] = line.split(' ')
  const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const all = {
    Host: 'gw.test',
    Accept: 'application/json',
    ...(anonymous ? {} : { Cookie: cookie }),
    ...(sent === undefined
      ? {}
      : {
          'Content-Type': 'application/json',
          ...('Transfer-Encoding' in headers ? {} : { 'Content-Length': String(Buffer.byteLength(sent)) }),
        }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    request({ port, method, path: `/s${path}`, headers: all }, (res) => {
      text(res).then(
        (received) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: received }),
        reject,
      )
    })
      .on('error', reject)
      .end(sent)
  })
}
