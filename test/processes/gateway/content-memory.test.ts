/** Long answers with obligations go through a process without staying in it. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'
import { createGzip } from 'node:zlib'

import { residentMemory, watchMemory } from '../../soak/process-figures.ts'
import { openContentProcess } from '../../support/content-process.ts'
import { listen } from '../../support/echo-upstream.ts'

const MIB = 1024 * 1024
const MOST_GROWTH_MIB = 64

interface Table {
  readonly type: string
  readonly begin: string
  readonly end: string
  row(index: number): string
}

const device = (index: number) => ({
  deviceId: `dev-${index}`,
  name: `Router ${index} "über" all`,
  pakId: `SECRET${index}`,
  licences: [{ feature: 'IPBASE', count: index, secret: { key: 'SECRET' } }],
})

const FORMATS: Readonly<Record<string, Table>> = {
  json: {
    type: 'application/json',
    begin: '{"total":5,"devices":[{"deviceId":"x1"}',
    end: ']}',
    row: (index) => `,\n${JSON.stringify(device(index))}`,
  },
  ndjson: { type: 'application/x-ndjson', begin: '', end: '', row: (index) => `${JSON.stringify(device(index))}\n` },
  csv: {
    type: 'text/csv',
    begin: 'deviceId,name,pakId,secret\r\n',
    end: '',
    row: (index) => `dev-${index},"Router ""${index}""",SECRET${index},SECRET and some more text of no interest\r\n`,
  },
}

/** Rows until there are so many bytes, in parts of about 64 KiB. */
function* content({ begin, end, row }: Table, bytes: number): Generator<string> {
  yield begin
  for (let index = 0, sent = 0; sent < bytes; ) {
    let part = ''
    for (; part.length < 65_536; index += 1) part += row(index)
    sent += part.length
    yield part
  }
  yield end
}

const service = createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://x')
  const table = FORMATS[pathname.split('/').at(-1) ?? ''] as Table
  const rows = Readable.from(content(table, Number(searchParams.get('bytes'))), { objectMode: false })
  const coding = searchParams.has('gzip') ? { 'Content-Encoding': 'gzip' } : {}
  res.writeHead(200, { 'Content-Type': table.type, ...coding })
  const stages = searchParams.has('gzip') ? [rows, createGzip({ level: 1 }), res] : [rows, res]
  void pipeline(stages).catch(() => {})
})
const gateway = await openContentProcess(await listen(service))
after(async () => {
  await gateway.close()
  service.closeAllConnections()
  service.close()
})

/** Reads an answer to its end; returns its length. */
async function read(path: string): Promise<number> {
  const [answer] = (await once(
    get(`${gateway.url}${path}`, { agent: false, headers: { Host: 'gw.test' } }),
    'response',
  )) as [IncomingMessage]
  assert.equal(answer.statusCode, 200)
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    assert.ok(!chunk.includes('SECRET'))
    length += chunk.length
  }
  return length
}

for (const [path, size] of [
  ['/filtered/json?', 100],
  ['/filtered/csv?', 40],
  ['/filtered/ndjson?gzip&', 40],
  ['/app/json?', 40],
] as const) {
  test(`${size} MiB from ${path} take less than 64 MiB of memory`, async () => {
    await read(`${path}bytes=${8 * MIB}`)
    const before = await residentMemory(gateway.pid)
    const memory = watchMemory(gateway.pid)
    const length = await read(`${path}bytes=${size * MIB}`)
    const growth = (await memory.stop()) - before
    assert.ok(length > (size * MIB) / 4, String(length))
    assert.ok(growth < MOST_GROWTH_MIB, `${growth} MiB`)
  })
}
