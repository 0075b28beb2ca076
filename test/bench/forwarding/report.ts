/** The figures as tables, on the terminal and in docs/performance.md. */

import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../../support/process.ts'
import type { Figures, Measured } from './measure.ts'

export interface Chapter {
  readonly title: string
  readonly measured: readonly Measured[]
}

const GATEHOUSE = 'Gatehouse'
const FILE = join(ROOT, 'docs/performance.md')
const BEGIN = '<!-- forwarding: begin (written by test/bench/forwarding/run.ts) -->'
const END = '<!-- forwarding: end -->'

/** Prints the chapters, and with `toFile` puts them between the markers of the page. Throws when the page has none. */
export async function writeReport({
  chapters,
  rounds,
  seconds,
  toFile,
}: {
  chapters: readonly Chapter[]
  rounds: number
  seconds: number
  toFile: boolean
}): Promise<void> {
  const text = [machine(rounds, seconds), ...chapters.map(chapterText)].join('\n\n')
  process.stdout.write(`${text}\n`)
  if (!toFile) return
  const page = await readFile(FILE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error(`${FILE} has no markers for the figures`)
  await writeFile(FILE, `${page.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${page.slice(end)}`)
}

function machine(rounds: number, seconds: number): string {
  const processors = cpus()
  const version = (file: string, args: readonly string[]) =>
    /[\d.]+(?=\s|$)/.exec(/\/([\d.]+)/.exec(output(file, args))?.[1] ?? '')?.[0] ?? ''
  const software = `Node.js ${process.versions.node}, nginx ${version('nginx', ['-v'])}, Apache ${version('apache2', ['-v'])}`
  return `Medians of ${rounds} rounds of ${seconds} s; ${processors.length} processors (${processors[0]?.model.trim()}); ${software}.`
}

/** nginx prints its version to standard error. */
function output(file: string, args: readonly string[]): string {
  return execFileSync('sh', ['-c', `${file} ${args.join(' ')} 2>&1`], { encoding: 'utf8' })
}

function chapterText({ title, measured }: Chapter): string {
  const numbers = [...new Set(measured.flatMap(({ byConnections }) => [...byConnections.keys()]))]
  return numbers.map((connections) => table(title, connections, measured)).join('\n\n')
}

function table(title: string, connections: number, measured: readonly Measured[]): string {
  const head = [
    `| ${title}, ${connections} ${connections === 1 ? 'connection' : 'connections'} | requests/s | CPU s per 1000 | p50 ms | p99 ms | memory MiB |`,
    '|---|---:|---:|---:|---:|---:|',
  ]
  const rows = measured.flatMap(({ name, byConnections }) => {
    const figures = byConnections.get(connections)
    return figures === undefined ? [] : [`| ${name} | ${cells(figures)} |`]
  })
  return [...head, ...rows, ...comparison(connections, measured)].join('\n')
}

/** Its own CPU in terms of that of the others. */
function comparison(connections: number, measured: readonly Measured[]): readonly string[] {
  const cpuOf = (each: Measured | undefined) => each?.byConnections.get(connections)?.cpu
  const own = cpuOf(measured.find(({ name }) => name === GATEHOUSE))
  if (own === undefined || measured.length < 2) return []
  const ratios = measured
    .filter(({ name }) => name !== GATEHOUSE)
    .map((each) => `${(own / (cpuOf(each) ?? Number.NaN)).toFixed(2)} × ${each.name}`)
  return ['', `${GATEHOUSE} spends the CPU of ${ratios.join(', ')}.`]
}

function cells({ requestsPerSecond, cpu, p50, p99, memory }: Figures): string {
  const texts = [
    Math.round(requestsPerSecond).toLocaleString('en-GB'),
    cpu.toFixed(3),
    p50.toFixed(2),
    p99.toFixed(2),
    Math.round(memory).toString(),
  ]
  return texts.join(' | ')
}
