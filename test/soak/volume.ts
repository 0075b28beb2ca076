/** Much up and much down through one gateway process, under a session: it must not keep what it passes on. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { DEMO_ACCOUNTS } from '../../src/demo/accounts.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from '../processes/gateway/house.ts'
import { listen } from '../support/echo-upstream.ts'
import { cookieHeader } from '../support/steps.ts'
import { residentMemory, watchMemory } from './process-figures.ts'
import { atMost, type Figure, type Soak } from './soak.ts'

const MIB = 1024 * 1024
const MOST_GROWTH_MIB = 64
const CHUNK = Buffer.alloc(64 * 1024, 'x')

export const volume: Soak = async ({ short }) => {
  const bytes = (short ? 256 : 1024) * MIB
  // Counts what it is sent, and sends as much as it is asked for.
  const server = createServer(async (req, res) => {
    const wanted = Number(new URL(req.url ?? '/', 'http://x').searchParams.get('bytes') ?? 0)
    const received = await sizeOf(req)
    res.setHeader('x-received', received)
    await pipeline(Readable.from(chunks(wanted)), res).catch(() => {})
  })
  const upstream = await listen(server)
  const house = await openProcessHouse({ services: [serviceOf(upstream)] })
  try {
    return await measure(house, bytes)
  } finally {
    await house.close()
    server.closeAllConnections()
    server.close()
  }
}

async function measure(house: ProcessHouse, bytes: number): Promise<readonly Figure[]> {
  const { pid } = await house.serve()
  const cookie = cookieHeader(await house.signIn(DEMO_ACCOUNTS[0]?.account ?? ''))
  const send = (up: number, down: number) => transfer({ house, cookie, up, down })
  for (let turn = 0; turn < 50; turn += 1) await send(1000, 1000)
  const figures: Figure[] = []
  for (const [name, up, down] of [
    ['up', bytes, 0],
    ['down', 0, bytes],
  ] as const) {
    const before = await residentMemory(pid)
    const memory = watchMemory(pid)
    const started = performance.now()
    await send(up, down)
    const seconds = (performance.now() - started) / 1000
    const growth = (await memory.stop()) - before
    figures.push(atMost(`${bytes / MIB} MiB ${name}: growth of memory, MiB`, growth, MOST_GROWTH_MIB), {
      what: `${bytes / MIB} MiB ${name}: MiB/s`,
      value: Math.round(bytes / MIB / seconds),
    })
  }
  return figures
}

async function transfer({
  house,
  cookie,
  up,
  down,
}: {
  house: ProcessHouse
  cookie: string
  up: number
  down: number
}): Promise<void> {
  const sent = request({
    host: '127.0.0.1',
    port: house.port,
    method: up > 0 ? 'POST' : 'GET',
    path: `/app/x?bytes=${down}`,
    agent: false,
    headers: {
      Host: `localhost:${house.port}`,
      Cookie: cookie,
      Origin: house.url,
      ...(up > 0 ? { 'Transfer-Encoding': 'chunked' } : {}),
    },
  })
  const answered = once(sent, 'response')
  await pipeline(Readable.from(chunks(up)), sent)
  const [answer] = await answered
  const received = await sizeOf(answer)
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`)
  if (received !== down) throw new Error(`${received} bytes instead of ${down} came down`)
  if (Number(answer.headers['x-received']) !== up)
    throw new Error(`${answer.headers['x-received']} bytes instead of ${up} came up`)
}

async function sizeOf(message: IncomingMessage): Promise<number> {
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) size += chunk.length
  return size
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(CHUNK.length, left))
}
