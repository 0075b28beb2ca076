/** The demo identity provider: asks whom to be and answers with a signed Response. For demonstrations and tests only. */

import type { Server } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import { AppError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { addSeconds, type Clock } from '../../core/time.ts'
import type { DemoAccount } from '../accounts.ts'
import { openServer } from '../listen.ts'
import { checkAuthnRequest, decodeRequest, inflateRequest, type ServiceProvider } from './authn-request.ts'
import { demoMetadata } from './metadata.ts'
import { sendAnswer, sendChoice, sendProblem, sendTiles } from './pages.ts'
import { type DemoAttribute, type DemoResponseOptions, demoResponse } from './response.ts'
import type { SigningKeys } from './signature.ts'

export interface DemoIdentityProviderOptions {
  /** Address to listen on. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Origin under which browsers reach it; `http://localhost:<port>` unless given. */
  readonly origin?: string
  readonly keys: SigningKeys
  readonly accounts: readonly DemoAccount[]
  readonly serviceProvider: ServiceProvider
  readonly clock: Clock
  readonly random: Random
  /** Turns what a sign-in calls for into a Response; `demoResponse` unless given. */
  readonly respond?: (options: DemoResponseOptions) => Promise<string>
}

export interface DemoIdentityProvider {
  /** Origin under which browsers reach it. */
  readonly url: string
  readonly server: Server
  /** Its EntityDescriptor as XML. */
  metadata(): string
  close(): Promise<void>
}

/** Starts the provider. Errors: CONFIG_INVALID when the port is in use. */
export async function demoIdentityProvider(options: DemoIdentityProviderOptions): Promise<DemoIdentityProvider> {
  const app = express().disable('x-powered-by').set('query parser', 'simple')
  const { server, port, close } = await openServer({ handler: app, host: options.host, port: options.port })
  const url = options.origin ?? `http://localhost:${port}`
  const metadata = () => demoMetadata({ ssoUrl: `${url}/sso`, cert: options.keys.cert })
  addRoutes(app, { ...options, ssoUrl: `${url}/sso`, metadata })
  return { url, server, metadata, close }
}

type RouteOptions = DemoIdentityProviderOptions & { readonly ssoUrl: string; metadata(): string }

function addRoutes(app: Express, options: RouteOptions): void {
  const { accounts, serviceProvider, ssoUrl } = options
  const choose = (read: (request: Request) => { message: string; relayState: string }): RequestHandler => {
    return (request, response) => {
      const { message, relayState } = read(request)
      checkAuthnRequest(message, serviceProvider, ssoUrl)
      sendChoice(response, { accounts, message, relayState })
    }
  }
  app.use(express.urlencoded({ extended: false, limit: '256kb' }))
  app.get('/', (_request, response) => sendTiles(response, { accounts }))
  app.get('/metadata', (_request, response) => {
    response.type('application/samlmetadata+xml').send(options.metadata())
  })
  app.get('/sso', choose(readRedirect))
  app.post('/sso', choose(readPost))
  app.post('/answer', async (request, response) => {
    const relayState = field(request.body, 'relayState')
    const samlResponse = await answer(request, options)
    sendAnswer(response, { acsUrl: serviceProvider.acsUrl, samlResponse, relayState })
  })
  app.use(() => {
    throw new AppError('NOT_FOUND', 'there is nothing at this address')
  })
  app.use(showProblem)
}

function readRedirect(request: Request): { message: string; relayState: string } {
  const message = inflateRequest(field(request.query, 'SAMLRequest'))
  return { message, relayState: field(request.query, 'RelayState') }
}

function readPost(request: Request): { message: string; relayState: string } {
  const message = decodeRequest(field(request.body, 'SAMLRequest'))
  return { message, relayState: field(request.body, 'RelayState') }
}

/** The value of one parameter; empty when absent. Errors: BAD_REQUEST when it was given more than once. */
function field(parameters: unknown, name: string): string {
  if (typeof parameters !== 'object' || parameters === null) return ''
  const value: unknown = Object.getOwnPropertyDescriptor(parameters, name)?.value ?? ''
  if (typeof value !== 'string') throw new AppError('BAD_REQUEST', `${name} was given more than once`)
  return value
}

/** The Response for the chosen account in base64, to the request of the form or unsolicited. */
async function answer(request: Request, options: RouteOptions): Promise<string> {
  const { accounts, serviceProvider, ssoUrl, respond = demoResponse } = options
  const account = accounts.find((each) => each.account === field(request.body, 'account'))
  if (account === undefined) throw new AppError('BAD_REQUEST', 'nobody of that name is known here')
  const message = field(request.body, 'request')
  const inResponseTo = message === '' ? null : checkAuthnRequest(decodeRequest(message), serviceProvider, ssoUrl)
  const response = await respond(responseOptions({ account, inResponseTo }, options))
  return Buffer.from(response).toString('base64')
}

function responseOptions(
  { account, inResponseTo }: { account: DemoAccount; inResponseTo: string | null },
  { keys, serviceProvider, clock, random }: RouteOptions,
): DemoResponseOptions {
  const now = clock.now()
  // An XML ID begins with a letter or an underscore (xs:ID).
  const newId = () => `_${random.bytes(20).toString('hex')}`
  return {
    keys,
    responseId: newId(),
    assertionId: newId(),
    sessionIndex: newId(),
    issuedAt: now,
    account: account.account,
    attributes: attributesOf(account),
    inResponseTo,
    audience: serviceProvider.entityId,
    destination: serviceProvider.acsUrl,
    sessionNotOnOrAfter: account.sessionLifetime === null ? null : addSeconds(now, account.sessionLifetime),
  }
}

function attributesOf({ displayName, mail, fnmsAdmin }: DemoAccount): DemoAttribute[] {
  return [
    { name: 'displayName', values: [displayName] },
    { name: 'mail', values: [mail] },
    { name: 'FnmsAdmin', values: [String(fnmsAdmin)] },
  ]
}

const showProblem: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof AppError) {
    sendProblem(response, { status: error.code === 'NOT_FOUND' ? 404 : 400, detail: error.message })
    return
  }
  const status: unknown = error?.status
  const known = typeof status === 'number' && status >= 400 && status < 500
  sendProblem(response, { status: known ? status : 500, detail: known ? 'the form cannot be read' : 'it failed' })
}
