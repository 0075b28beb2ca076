/** A demo service behind a gateway, and its twin that is asked directly: what the gateway allows must come out the same. */

import assert from 'node:assert/strict'
import { type DemoSystem, demoService } from '../../src/demo/services/service.ts'
import { plainText } from './browser/document.ts'
import type { Seen, Setup } from './licence-gateway.ts'

export interface DemoTwins {
  /** Passes on to the one what the gateway asks its service. */
  readonly answer: NonNullable<Setup['answer']>
  /** What the other says to `METHOD /path`. */
  direct(line: string, body?: unknown): Promise<{ readonly status: number; readonly body: string }>
  /** Rejects when what one of them holds differs from what the other does: a refused request has left something behind. */
  alike(): Promise<void>
  close(): Promise<void>
}

/** Starts both, with the same data. */
export async function demoTwins(system: DemoSystem): Promise<DemoTwins> {
  const start = () => demoService({ system, host: '127.0.0.1', port: 0 })
  const [behind, beside] = await Promise.all([start(), start()])
  const page = async ({ port }: { port: number }) => plainText(await (await fetch(`http://127.0.0.1:${port}/`)).text())
  return {
    answer: (asked) => ask(behind.port, asked),
    direct(line, body) {
      const [method = '', url = ''] = line.split(' ')
      return ask(beside.port, { method, url, body: body === undefined ? '' : JSON.stringify(body) })
    },
    async alike() {
      assert.equal(await page(behind), await page(beside))
    },
    async close() {
      await Promise.all([behind.close(), beside.close()])
    },
  }
}

async function ask(port: number, { method, url, body }: Seen) {
  const sent = body === '' ? {} : { body, headers: { 'Content-Type': 'application/json' } }
  const response = await fetch(`http://127.0.0.1:${port}${url}`, { method, ...sent })
  const headers = { 'Content-Type': response.headers.get('content-type') ?? 'text/plain' }
  return { status: response.status, headers, body: await response.text() }
}
