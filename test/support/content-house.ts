/** A gateway with obligations on content, in front of a service that answers as a test says. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { type ContentRules, NO_RULES } from '../../src/gateway/content/rules.ts'
import type { StreamMemory } from '../../src/gateway/stream-memory.ts'
import { listen } from './echo-upstream.ts'
import { service, type TestGateway, testGateway } from './gateway.ts'
import { OPEN_TO_ALL } from './profiles.ts'

export type Handle = (req: IncomingMessage, res: ServerResponse) => void

export interface ContentHouse {
  readonly gateway: TestGateway
  /** Requests that the service has seen. */
  readonly seen: readonly IncomingMessage[]
  /** From now on the service answers so, and the gateway holds its answers to these rules. */
  serve(handle: Handle, rules?: Partial<ContentRules>): void
  close(): Promise<void>
}

/** Opens both; everything below `/app/` goes to the service. */
export async function contentHouse({
  idleSeconds = 300,
  memory,
}: {
  idleSeconds?: number
  memory?: StreamMemory
} = {}): Promise<ContentHouse> {
  let handle: Handle = (_req, res) => res.end()
  let rules: ContentRules = NO_RULES
  const seen: IncomingMessage[] = []
  const server = createServer((req, res) => {
    seen.push(req)
    handle(req, res)
  })
  const upstream = await listen(server)
  const timeouts = { connectSeconds: 5, headersSeconds: 60, idleSeconds }
  const gateway = await testGateway({
    services: [service({ profile: OPEN_TO_ALL.id, upstream: [upstream], timeouts })],
    profiles: new Map([[OPEN_TO_ALL.id, OPEN_TO_ALL]]),
    contentRules: () => rules,
    ...(memory === undefined ? {} : { memory }),
  })
  return {
    gateway,
    seen,
    serve(next, given = {}) {
      handle = next
      rules = { ...NO_RULES, ...given }
    },
    async close() {
      await gateway.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
