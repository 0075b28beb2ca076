/** The control plane: Express under `/.gatehouse/`, with one place for headers, hosts, static files and errors. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import express, { type ErrorRequestHandler, type Router } from 'express'
import { AppError, ERRORS, type ErrorCode, toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { OWN_PREFIX } from '../core/names.ts'
import { newReference, type Random } from '../core/random.ts'
import { EXACT_PATHS } from './paths.ts'
import type { Respond } from './respond.ts'
import { setSecurityHeaders } from './security-headers.ts'

const STATIC_FILES = fileURLToPath(new URL('./static/', import.meta.url))
/** Too small to be asked for in parts. */
const STATIC_OPTIONS = { index: false, redirect: false, acceptRanges: false, setHeaders: cacheable } as const

/** A request handler of everything under `/.gatehouse/`. On hosts of services only `hostRouters` answer. */
export function controlPlane({
  routers,
  hostRouters,
  hostKind,
  respond,
  secure,
  random,
  log,
}: {
  routers: readonly Router[]
  hostRouters: readonly Router[]
  /**
   * Whether the request was sent to the host of publicUrl, or may be answered as if it was, or to one of a service. Throws
   * MISDIRECTED for any other, BAD_REQUEST and METHOD_NOT_ALLOWED.
   */
  hostKind: (request: IncomingMessage) => 'public' | 'service'
  respond: Respond
  secure: boolean
  random: Random
  log: Log
}): (request: IncomingMessage, response: ServerResponse) => void {
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('case sensitive routing', true)
  app.use((request, response, next) => {
    setSecurityHeaders(request, response, { secure })
    next()
  })
  const ofPublicHost = together(routers)
  const ofServiceHosts = together(hostRouters)
  app.use((request, response, next) => {
    const answering = hostKind(request) === 'public' ? ofPublicHost : ofServiceHosts
    answering(request, response, next)
  })
  app.use((request, response) => respond.error(request, response, 'NOT_FOUND'))
  app.use(answerErrors({ respond, random, log }))
  return app
}

function cacheable(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'public, max-age=3600')
}

function together(routers: readonly Router[]): Router {
  const all = express.Router(EXACT_PATHS)
  all.use(`${OWN_PREFIX}static`, express.static(STATIC_FILES, STATIC_OPTIONS))
  for (const router of routers) all.use(OWN_PREFIX, router)
  return all
}

function answerErrors({ respond, random, log }: { respond: Respond; random: Random; log: Log }): ErrorRequestHandler {
  return (thrown, request, response, _next) => {
    const error = fromExpress(thrown) ?? toAppError(thrown)
    const reference = newReference(random)
    log[ERRORS[error.code].level]('request.failed', {
      reference,
      code: error.code,
      path: request.path,
      ...errorFields(error),
    })
    // Behind a request that two readers could take for two things nobody knows where the next one begins.
    if (error.code === 'BAD_REQUEST') response.shouldKeepAlive = false
    if (response.headersSent) response.destroy()
    else respond.error(request, response, error.code, { reference, headers: error.headers })
  }
}

/** Express' body parser and its static files throw http-errors, which have a `status`. */
function fromExpress(thrown: unknown): AppError | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown)) return undefined
  const status = Number(thrown.status)
  if (!(status >= 400 && status < 500)) return undefined
  return new AppError(CODES.get(status) ?? 'BAD_REQUEST', thrown.message, { cause: thrown })
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [412, 'PRECONDITION_FAILED'],
  [413, 'BODY_TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
])
