/** Requests as bytes on a connection, and answers as they come back. */

import { once } from 'node:events'
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Sends one request by node:http; `Host` is gw.test unless given. Rejects when the answer is cut off. */
export async function ask(
  url: string,
  path: string,
  {
    body,
    headers,
    ...options
  }: Omit<RequestOptions, 'headers'> & { body?: string | Buffer; headers?: Record<string, string | string[]> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const sent = request({ hostname, port, path, ...options, agent: false, headers: { Host: 'gw.test', ...headers } })
  sent.end(body)
  // Once the answer has begun, reading it is what fails.
  const [answer] = await once(sent, 'response')
  sent.on('error', () => {})
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return {
    status: answer.statusCode,
    headers: answer.headers,
    rawHeaders: answer.rawHeaders,
    body: Buffer.concat(chunks).toString(),
  }
}

/** Sends text (latin1) and returns everything that comes back until the connection ends, at the latest after `ms`. */
export async function sendRaw(port: number, text: string, ms = 1000): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  const timer = setTimeout(() => socket.destroy(), ms)
  socket.write(Buffer.from(text, 'latin1'))
  // A reset is an ending like any other.
  await once(socket, 'close').catch(() => {})
  clearTimeout(timer)
  return Buffer.concat(chunks).toString('latin1')
}
