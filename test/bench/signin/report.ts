/** The figures as a table, on the terminal and in docs/performance.md. */

import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../support/process.ts'
import type { Measured, Rounds } from './measure.ts'

const FILE = join(ROOT, 'docs/performance.md')

/** Prints the table, and with `toFile` puts it between the markers of the page. */
export async function writeReport({
  measured,
  rounds,
  signIns,
  concurrency,
  toFile,
}: Rounds & { measured: readonly Measured[]; toFile: boolean }): Promise<void> {
  const processors = cpus()
  const text = [
    `Medians of ${rounds} rounds of ${signIns} sign-ins, ${concurrency} at a time; ${processors.length} processors (${processors[0]?.model.trim()}), shared with the client; Node.js ${process.versions.node}.`,
    '',
    '| Sign-ins | per second | CPU ms each | in the best round | p50 ms | p99 ms |',
    '|---|---:|---:|---:|---:|---:|',
    ...measured.map(({ name, figures: { perSecond, cpu, p50, p99 }, leastCpu }) => {
      const cells = [
        Math.round(perSecond).toString(),
        cpu.toFixed(2),
        leastCpu.toFixed(2),
        p50.toFixed(1),
        p99.toFixed(1),
      ]
      return `| ${name} | ${cells.join(' | ')} |`
    }),
  ].join('\n')
  process.stdout.write(`${text}\n`)
  if (toFile) await replaceSection('signin', 'test/bench/signin/run.ts', text)
}

/** Puts `text` between the markers of a section of the page. Throws when the page has none. */
export async function replaceSection(name: string, writer: string, text: string): Promise<void> {
  const begin = `<!-- ${name}: begin (written by ${writer}) -->`
  const page = await readFile(FILE, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- ${name}: end -->`)]
  if (from === -1 || to < from) throw new Error(`${FILE} has no markers for ${name}`)
  await writeFile(FILE, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`)
}
