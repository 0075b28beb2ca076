/**
 * The data plane: one request from its target form to its answer. Order: form, host, service, public?, session, origin,
 * decision, action, forward. Whatever is cached costs no waiting: with all facts at hand the request is on its way to
 * the upstream before `handle` returns.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { HandoffService } from '../session/handoffs.ts'
import { type EntranceParts, entrance, HANDSHAKE } from './entrance.ts'
import { contentExamination } from './examination.ts'
import { type Exchange, exchanges, type RequestMetrics } from './exchange.ts'
import { forwarder } from './forwarder.ts'
import { type Located, locator } from './locate.ts'
import type { LongStreams } from './long-streams.ts'
import type { ContentRulesOf } from './operations/content-rules.ts'
import type { BeginErrand, ObjectErrand } from './operations/object-errands.ts'
import { type JsonBody, readJsonBody } from './operations/request-json.ts'
import type { Passage } from './passage.ts'
import { type GatewayRespond, refusals } from './refusal.ts'
import { signInDetours } from './sign-in-detour.ts'
import type { StreamMemory } from './stream-memory.ts'
import { checkHandshake, openUpgrade } from './upgrade.ts'
import type { Upstreams } from './upstreams.ts'

export interface GatewayParts extends EntranceParts {
  readonly publicUrl: PublicUrl
  readonly services: readonly ServiceConfig[]
  /** CIDRs. */
  readonly trustedProxies: readonly string[]
  readonly handoffs: Pick<HandoffService, 'begin'>
  readonly upstreams: Pick<Upstreams, 'next'>
  readonly streams: Pick<LongStreams, 'open'>
  readonly memory: StreamMemory
  readonly respond: GatewayRespond
  readonly metrics: RequestMetrics
  readonly contentRules: ContentRulesOf
  readonly beginErrand: BeginErrand
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
}

export interface GatewayPipeline {
  /** Answers the request, now or later. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void
  /** Answers a request for another protocol; `head` is what came right behind it. Never throws. */
  handleUpgrade(req: IncomingMessage, head: Buffer): void
  /** Resolves when no request is under way; tunnels are none. */
  over(): Promise<void>
}

/** The pipeline of one configuration. */
export function gatewayPipeline(parts: GatewayParts): GatewayPipeline {
  const { begin, over } = exchanges(parts)
  const { locate } = locator(parts)
  const { fail, askForSession, isClosing } = refusals({ ...parts, detours: signInDetours(parts) })
  const forward = forwarder({ ...parts, fail })
  const examine = contentExamination(parts)
  const judge = entrance(parts, { name: 'proxy', methodOf, examine, pass, readBody, askForSession, fail })

  function pass(exchange: Exchange, located: Located, passage: Passage): void {
    const { identity, judgement } = passage
    const service = located.route.service.id
    const go = (errand: ObjectErrand | undefined) => forward(exchange, located, { ...passage, errand })
    const begun = identity && judgement && parts.beginErrand(service, identity.operator, judgement)
    if (begun === undefined) go(undefined)
    else {
      const goOrDrop = async (errand: ObjectErrand | undefined) => {
        try {
          go(errand)
        } catch (error) {
          await errand?.conclude('dropped', undefined, 0)
          throw error
        }
      }
      begun.then(goOrDrop).catch((error: unknown) => fail(exchange, error))
    }
  }

  function readBody(
    { req, res }: Exchange,
    { route }: Located,
    places: readonly string[],
  ): Promise<JsonBody | undefined> {
    const { maxBody, timeouts } = route.service
    return readJsonBody(req, res, { maxBytes: maxBody, idleSeconds: timeouts.idleSeconds, places })
  }

  function enter(exchange: Exchange): void {
    const located = locate(exchange.req)
    if (located.kind === 'redirect') parts.respond.redirect(exchange.res, 308, located.location)
    else judge(exchange, located)
  }

  function attempt(exchange: Exchange, work: () => void): void {
    try {
      work()
    } catch (error) {
      fail(exchange, error)
    }
  }

  return {
    handle(req, res) {
      // Parsed already, but behind an odd request: its connection is closing.
      if (isClosing(req.socket)) return
      const exchange = begin(req, res)
      attempt(exchange, () => enter(exchange))
    },
    handleUpgrade(req, head) {
      const upgrade = openUpgrade(req, head)
      if (upgrade === undefined) return
      const exchange = begin(req, upgrade.res, upgrade)
      attempt(exchange, () => {
        checkHandshake(req)
        enter(exchange)
      })
    },
    over,
  }
}

/** Only what is forwarded as a handshake is judged as one: an Upgrade field alone changes no protocol. */
function methodOf({ upgrade }: Exchange, { method }: Located): string {
  return upgrade === undefined ? method : HANDSHAKE
}
