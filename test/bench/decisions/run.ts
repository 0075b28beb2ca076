/**
 * `npm run bench:decisions`: decisions on a large directory, one core, trail off. Writes its table into
 * docs/performance.md, unless `--short` makes it a quick look.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../../support/process.ts'
import { draws, estate, SIZES } from './estate.ts'
import { FEW, type Figures, measure } from './measure.ts'

const SEED = 20_261_122
const FILE = join(ROOT, 'docs/performance.md')
const BEGIN = '<!-- decisions: begin (written by test/bench/decisions/run.ts) -->'
const END = '<!-- decisions: end -->'

const { values: options } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const draw = draws(SEED)
const figures = measure(estate(draw), draw, { rounds: options.short ? 3 : 11 })
const text = `${machine()}\n\n${table(figures)}`
process.stdout.write(`${text}\n`)
if (!options.short) await writeReport(text)

function machine(): string {
  const [processor] = cpus()
  return `One core of ${processor?.model.trim()}; Node.js ${process.versions.node}.`
}

function table(figures: Figures): string {
  const { perSecond, perSecondInCaches, lookUps, warm, fresh, allowed, change, firstAfterChange } = figures
  const count = (value: number) => value.toLocaleString('en-GB')
  const { roles, resources, operators, objects, groups } = SIZES
  const size = `${count(roles)} roles, ${count(resources)} resources, ${count(operators)} operators, ${count(objects)} objects, ${count(groups)} groups`
  return [
    `| ${size} | measured | target |`,
    '|---|---:|---:|',
    `| decisions per second | ${count(Math.round(perSecond))} | 1,000,000 |`,
    `| the same with ${FEW} questions, whose facts the processor's caches hold | ${count(Math.round(perSecondInCaches))} | |`,
    `| share of finding the facts by name | ${lookUps.toFixed(2)} µs | |`,
    `| one decision, facts at hand, p50 | ${warm.p50.toFixed(2)} µs | |`,
    `| one decision, facts at hand, p99 | ${warm.p99.toFixed(2)} µs | 5 µs |`,
    `| one decision, facts just loaded (1 %), p50 | ${fresh.p50.toFixed(2)} µs | |`,
    `| one decision, facts just loaded (1 %), p99 | ${fresh.p99.toFixed(2)} µs | |`,
    `| allowed | ${allowed.toFixed(0)} % | |`,
    `| change of one role: compile and swap, median | ${change.median.toFixed(1)} ms | 50 ms |`,
    `| change of one role: compile and swap, longest | ${change.longest.toFixed(1)} ms | |`,
    `| first decision for an operator after it, mean | ${firstAfterChange.toFixed(1)} µs | |`,
  ].join('\n')
}

async function writeReport(report: string): Promise<void> {
  const page = await readFile(FILE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error(`${FILE} has no markers for the figures`)
  await writeFile(FILE, `${page.slice(0, begin + BEGIN.length)}\n\n${report}\n\n${page.slice(end)}`)
}
