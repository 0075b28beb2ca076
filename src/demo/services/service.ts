/** One demo licence service: its endpoints as JSON, and a page that shows its data and who the gateway says is asking. */

import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { AppError } from '../../core/errors.ts'
import { type DemoServer, openServer } from '../listen.ts'
import { sendServicePage } from './page.ts'
import { Csv, type DemoReply, type DemoRoute } from './routes.ts'
import type { Table } from './table.ts'
import type { Step } from './tour.ts'

/** What one product shows and answers. */
export interface DemoSystem {
  /** Service id in the demo's configuration. */
  readonly id: string
  /** Prefix of its path at the gateway, with both slashes. */
  readonly prefix: string
  readonly title: string
  /** What the product is for, one sentence. */
  readonly about: string
  /** A fresh copy of its data with the endpoints on it. */
  open(): DemoContent
}

export interface DemoContent {
  readonly sections: readonly { readonly title: string; readonly table: Table }[]
  readonly routes: readonly DemoRoute[]
  /** What to try, and what each of the demo's people gets. */
  readonly tour: readonly Step[]
  /** Endpoints (POST, no body) that the page offers as buttons. */
  readonly buttons: readonly { readonly label: string; readonly path: string }[]
}

/** Starts one service. Errors: CONFIG_INVALID when the port is in use. */
export function demoService({
  system,
  host,
  port,
}: {
  system: DemoSystem
  host: string
  port: number
}): Promise<DemoServer> {
  const content = system.open()
  const app = express().disable('x-powered-by').set('query parser', 'simple')
  app.use(express.json({ limit: '64kb' }), express.urlencoded({ extended: false, limit: '64kb' }))
  app.get('/', (request, response) => sendServicePage(response, { system, content, headers: request.headers }))
  for (const route of content.routes) {
    app[route.method](route.path, (request, response) => {
      const [params, query] = [texts(request.params), texts(request.query)]
      sendReply(request, response, route.handle({ params, query, body: request.body }))
    })
  }
  app.use(() => {
    throw new AppError('NOT_FOUND', 'this demo service has no such endpoint')
  })
  app.use(sendProblem)
  return openServer({ handler: app, host, port })
}

function texts(values: object): Record<string, string> {
  const text = (value: unknown) => (Array.isArray(value) ? value.join('/') : String(value))
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]))
}

/** JSON for programs; a browser that pressed a button (a form, empty or not) goes back to the page, which shows the change. */
function sendReply(request: Request, response: Response, { status, body }: DemoReply): void {
  if (request.method === 'POST' && request.is('urlencoded') !== false && request.accepts('json', 'html') === 'html') {
    // Relative: the service does not know below which prefix the gateway shows it.
    response.redirect(303, '../'.repeat(request.path.split('/').length - 2) || './')
    return
  }
  response.status(status).set('Cache-Control', 'no-store')
  if (body === undefined) response.end()
  else if (body instanceof Csv) response.type('text/csv; charset=utf-8').send(body.text)
  else response.json(body)
}

const sendProblem: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, detail } = problemOf(error)
  response.status(status).type('application/problem+json').send(JSON.stringify({ status, detail }))
}

function problemOf(error: unknown): { status: number; detail: string } {
  if (error instanceof AppError) return { status: error.code === 'NOT_FOUND' ? 404 : 400, detail: error.message }
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (typeof status === 'number' && status < 500) return { status, detail: 'the body cannot be read' }
  return { status: 500, detail: 'the demo service failed' }
}
