/** Sends one request over real HTTP. Every host name is taken to be this machine: nothing leaves it. */

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface WireReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/**
 * The answer to one request. `port`: where the server really listens; `ca`: PEM text to trust beside the usual; `path`: sent
 * as it is, instead of that of `url`, which is in normal form.
 */
export function send({
  url,
  method,
  headers,
  body,
  port,
  ca,
  path = `${url.pathname}${url.search}`,
}: {
  url: URL
  method: string
  headers: Readonly<Record<string, string>>
  body: string | undefined
  port: number | undefined
  ca: string | undefined
  path?: string
}): Promise<WireReply> {
  const secure = url.protocol === 'https:'
  const options = {
    host: '127.0.0.1',
    port: port ?? (url.port || (secure ? 443 : 80)),
    path,
    method,
    headers: { host: url.host, ...headers, ...length(body) },
    agent: false as const,
    ...(secure ? { servername: url.hostname } : {}),
    ...(secure && ca !== undefined ? { ca } : {}),
  }
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
      })
    })
    outgoing.on('error', reject)
    outgoing.setTimeout(15_000, () => outgoing.destroy(new Error(`no answer from ${url.href} within 15 s`)))
    outgoing.end(body)
  })
}

function length(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
}
