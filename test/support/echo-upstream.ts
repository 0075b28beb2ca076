/** A service that answers with what it was asked, and misbehaves on demand. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface Echo {
  readonly method: string
  readonly url: string
  /** Name and value in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: { readonly bytes: number; readonly sha256: string }
}

export interface EchoUpstream {
  readonly url: string
  /** Every request whose header arrived, in order. */
  readonly seen: readonly Pick<Echo, 'method' | 'url' | 'rawHeaders'>[]
  /** Requests whose client went away before the answer was through. */
  aborted(): number
  close(): Promise<void>
}

/** The values of a header in an echo, in order; the name is compared in lower case. */
export function echoed({ rawHeaders }: Pick<Echo, 'rawHeaders'>, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

/**
 * Opens it on a free port. Modes, by the last segment of the path: `headers?h=Name:value…&status=…` answers with these
 * headers; `stream?chunks=&ms=` a chunk every so often; `delay?ms=`; `big?bytes=`; `cut?bytes=` promises more than it sends;
 * `raw?text=` writes the text on the connection and closes it; `early` answers before the body is read; `hints` sends 102 and 103
 * first; `events?ms=` is an event stream without end; `trailers?t=Name:value…` sends these trailers.
 * Anything else is echoed.
 */
export async function echoUpstream(): Promise<EchoUpstream> {
  const seen: Pick<Echo, 'method' | 'url' | 'rawHeaders'>[] = []
  let aborted = 0
  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    seen.push({ method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders })
    res.once('close', () => {
      if (!res.writableFinished) aborted += 1
    })
    const url = new URL(req.url ?? '/', 'http://upstream')
    const mode = MODES[url.pathname.split('/').at(-1) ?? ''] ?? echo
    void mode(req, res, url.searchParams)
  })
  const url = await listen(server)
  return {
    url,
    seen,
    aborted: () => aborted,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Listens on a free port of 127.0.0.1; the origin. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Mode = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => Promise<void> | void

const CHUNK = Buffer.alloc(65_536, 'x')

const MODES: Readonly<Record<string, Mode>> = {
  headers(_req, res, query) {
    const headers = query.getAll('h').flatMap((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    })
    res.writeHead(Number(query.get('status') ?? 200), headers).end()
  },
  async stream(_req, res, query) {
    for (let index = 0; index < Number(query.get('chunks')); index += 1) {
      res.write(`chunk ${index}\n`)
      await delay(Number(query.get('ms')))
    }
    res.end()
  },
  async delay(req, res, query) {
    await delay(Number(query.get('ms')))
    await echo(req, res)
  },
  async big(_req, res, query) {
    const bytes = Number(query.get('bytes'))
    res.writeHead(200, { 'content-length': bytes })
    // A client that goes away is what some tests want to see.
    await pipeline(Readable.from(chunks(bytes)), res).catch(() => {})
  },
  cut(_req, res, query) {
    const bytes = Number(query.get('bytes'))
    const declared = query.has('chunked') ? {} : { 'content-length': bytes * 2 }
    res.writeHead(200, declared).write(CHUNK.subarray(0, bytes), () => res.destroy())
  },
  raw(req, _res, query) {
    req.socket.end(Buffer.from(query.get('text') ?? '', 'latin1'))
  },
  early(_req, res) {
    res.writeHead(409, { 'content-type': 'text/plain' }).end('enough')
  },
  events,
  trailers(_req, res, query) {
    const trailers = query.getAll('t').map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    })
    res.writeHead(200, { trailer: trailers.map(([name]) => name).join(', ') })
    res.write('body')
    res.addTrailers(trailers)
    res.end()
  },
  hints(req, res) {
    res.writeProcessing()
    res.writeEarlyHints({ link: ['</style.css>; rel=preload', '</a.js>; rel=preload'], 'x-gatehouse-operator': 'evil' })
    return echo(req, res)
  },
}

async function events(_req: IncomingMessage, res: ServerResponse, query: URLSearchParams): Promise<void> {
  res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  while (!res.destroyed) {
    res.write('data: x\n\n')
    await delay(Number(query.get('ms') ?? 50))
  }
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(CHUNK.length, left))
}

async function echo(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      bytes += chunk.length
      hash.update(chunk)
    }
  } catch {
    return
  }
  const { method = '', url = '', rawHeaders } = req
  const answer: Echo = { method, url, rawHeaders, body: { bytes, sha256: hash.digest('hex') } }
  const text = JSON.stringify(answer)
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}
