/**
 * `npm run bench:content`: what it takes to read an answer and to write it anew without what is hidden, beside JSON.parse and
 * JSON.stringify of the same bytes, which hide nothing. Writes its table into docs/performance.md, unless `--short`.
 */

import { cpus } from 'node:os'
import { parseArgs } from 'node:util'

import { filteredContent } from '../../../src/gateway/content/filter-content.ts'
import { type ContentRules, NO_RULES } from '../../../src/gateway/content/rules.ts'
import { replaceSection } from '../signin/report.ts'

const MIB = 1024 * 1024
const PART = 64 * 1024
const WRITER = 'test/bench/content/run.ts'

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const rounds = options.short ? 2 : 7
const bytes = (options.short ? 4 : 32) * MIB

const device = (index: number) => ({
  deviceId: `dev-${index}`,
  name: `Router ${index} in the cellar`,
  pakId: `3XY${index}ABCDEFG`,
  address: '10.0.0.1',
  licences: [
    { feature: 'IPBASE', count: index, expires: '2027-01-01' },
    { feature: 'SEC', count: 3, expires: null },
  ],
  active: true,
  weight: 1.25,
})

const json = rowsOf(bytes, (index) => JSON.stringify(device(index)), ',', '{"devices":[', ']}')
const csvRow = (index: number) => `dev-${index},"Router ""${index}""",3XY${index}ABCDEFG,10.0.0.1,2027-01-01`
const csv = rowsOf(bytes, csvRow, '\r\n', 'deviceId,name,pakId,address,expires\r\n', '\r\n')
const tenThousand = Buffer.from(
  JSON.stringify({
    devices: Array.from({ length: 10_000 }, (_, index) => ({ deviceId: index, name: `Device ${index}` })),
  }),
)

const masks: ContentRules['masks'] = [{ names: ['pakId'], keepLast: 4 }]
const filters: ContentRules['filters'] = [
  {
    places: ['/devices/*'],
    id: ['deviceId'],
    everywhere: false,
    visible: (ids) => new Set(ids.filter((_, index) => index % 2 === 0)),
  },
]

type Row = readonly [name: string, content: Buffer, run: () => Promise<unknown>]
const ROWS: readonly Row[] = [
  ['JSON: parse and stringify, hiding nothing', json, async () => JSON.stringify(JSON.parse(json.toString()))],
  ['JSON: one field masked', json, () => show(json, 'json', { masks })],
  ['JSON: every second item left out', json, () => show(json, 'json', { filters })],
  [
    'JSON: both, objects judged everywhere',
    json,
    () => show(json, 'json', { masks, filters: filters.map((each) => ({ ...each, everywhere: true })) }),
  ],
  ['CSV: one column masked', csv, () => show(csv, 'csv', { masks })],
  ['CSV: every second row left out', csv, () => show(csv, 'csv', { filters })],
]

const measured: { readonly name: string; readonly perSecond: number }[] = []
for (const [name, content, run] of ROWS) {
  measured.push({ name, perSecond: content.length / MIB / ((await median(run)) / 1000) })
}
const list = await median(() => show(tenThousand, 'json', { filters }))

const processors = cpus()
const text = [
  `Medians of ${rounds} rounds over ${bytes / MIB} MiB in parts of 64 KiB; ${processors.length} processors (${processors[0]?.model.trim()}); Node.js ${process.versions.node}.`,
  '',
  '| Content | MiB per CPU second |',
  '|---|---:|',
  ...measured.map(({ name, perSecond }) => `| ${name} | ${Math.round(perSecond)} |`),
  '',
  `A list of 10,000 items (${Math.round(tenThousand.length / 1024)} KiB) is filtered in ${list.toFixed(1)} ms of CPU.`,
].join('\n')
process.stdout.write(`${text}\n`)
if (!options.short) await replaceSection('content', WRITER, text)

function rowsOf(size: number, row: (index: number) => string, between: string, begin: string, end: string): Buffer {
  const rows: string[] = []
  for (let index = 0, length = 0; length < size; index += 1) {
    const next = row(index)
    rows.push(next)
    length += next.length
  }
  return Buffer.from(begin + rows.join(between) + end)
}

async function show(content: Buffer, format: 'json' | 'csv', rules: Partial<ContentRules>): Promise<number> {
  let length = 0
  for await (const part of filteredContent(partsOf(content), { format }, { ...NO_RULES, ...rules }))
    length += part.length
  return length
}

async function* partsOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += PART) yield content.subarray(at, at + PART)
}

/** Milliseconds of a processor, those of the garbage collector included, after a round that does not count. */
async function median(run: () => Promise<unknown>): Promise<number> {
  await run()
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
}
