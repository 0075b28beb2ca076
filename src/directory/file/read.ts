/** Directory files: text → checked content, or every problem with its line. */

import { type Document, isAlias, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'

import { failed, ok, type Result } from '../../core/result.ts'
import { type FilePath, type FileProblem, pathText } from './problems.ts'
import { type DirectoryFile, directoryFile } from './schema.ts'

const LARGEST_FILE_BYTES = 64 * 1024 * 1024

/** A checked file. */
export interface ReadFile {
  readonly content: DirectoryFile
  /** A line for the reader: `file:line: key: message`, the first line of the file being 1. */
  explain(problem: FileProblem): string
}

function problemLine(file: string, line: number, { path, message }: FileProblem): string {
  const key = pathText(path)
  return `${file}:${line}: ${key === '' ? '' : `${key}: `}${message}`
}

/** Reads YAML or JSON (which is YAML too); on failure one line a problem, in the order of the file. `file` is its name in these lines. */
export function readDirectoryFile(text: string, file: string): Result<ReadFile, readonly string[]> {
  const read = readYaml(text, file)
  if (!read.ok) return read
  const { content, lineOf } = read.value
  const checked = checkContent(content)
  if (!checked.ok) return failed(problemLines(file, lineOf, checked.error))
  return ok({ content: checked.value, explain: (problem) => problemLine(file, lineOf(problem.path), problem) })
}

/** The problems as lines, in the order of the file. */
export function problemLines(
  file: string,
  lineOf: (path: FilePath) => number,
  problems: readonly FileProblem[],
): readonly string[] {
  const placed = problems.map((problem) => ({ problem, line: lineOf(problem.path) }))
  return placed.toSorted((a, b) => a.line - b.line).map(({ problem, line }) => problemLine(file, line, problem))
}

/** Any YAML or JSON text of a person's, with the lines of its parts; on failure one line a problem. */
export function readYaml(
  text: string,
  file: string,
): Result<{ readonly content: unknown; readonly lineOf: (path: FilePath) => number }, readonly string[]> {
  if (Buffer.byteLength(text) > LARGEST_FILE_BYTES) return failed([`${file}: is larger than 64 MiB`])
  const lines = new LineCounter()
  const document = parseDocument(text, { version: '1.2', strict: true, stringKeys: true, lineCounter: lines })
  const mistakes = [...document.errors, ...document.warnings]
  if (mistakes.length > 0) {
    return failed(mistakes.map(({ pos, message }) => `${file}:${lines.linePos(pos[0]).line}: ${firstLine(message)}`))
  }
  const alias = firstAlias(document)
  if (alias !== undefined) {
    return failed([`${file}:${lines.linePos(alias).line}: aliases are not used in directory files`])
  }
  return ok({
    content: document.toJS({ maxAliasCount: 0 }) ?? {},
    lineOf: (path) => lineIn(document, lines, path),
  })
}

/** Checks the content of a directory file that was read elsewhere, such as the `model` of decision cases. */
export function checkContent(content: unknown): Result<DirectoryFile, readonly FileProblem[]> {
  return checkShape(directoryFile, content)
}

/** What `schema` makes of a content, or everything that is wrong with it. */
export function checkShape<Output>(
  schema: z.ZodType<Output>,
  content: unknown,
): Result<Output, readonly FileProblem[]> {
  const parsed = schema.safeParse(content, { reportInput: false })
  return parsed.success ? ok(parsed.data) : failed(parsed.error.issues.flatMap((issue) => problemsOf(issue, [])))
}

function problemsOf(issue: z.core.$ZodIssue, above: FilePath): readonly FileProblem[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is an unknown key' }))
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: `the name ${issue.issues[0]?.message ?? 'is not valid'}` }]
  }
  if (issue.code === 'invalid_union') return unionProblems(issue, path)
  const missing = issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')
  return [{ path, message: missing ? `must be ${article(issue.expected)}` : issue.message }]
}

/** Of the alternatives, what is wrong with the one that got furthest; with none, that none fits. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: FilePath): readonly FileProblem[] {
  const deep = issue.errors.find((issues) => issues.every((each) => each.path.length > 0))
  if (deep === undefined) return [{ path, message: issue.message }]
  return deep.flatMap((each) => problemsOf(each, path))
}

function article(expected: string): string {
  if (expected === 'object') return 'a section'
  return expected === 'array' ? 'a list' : `a ${expected}`
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:$/, '')
}

/** Where the first alias stands; they could make a small file very large. */
function firstAlias(document: Document): number | undefined {
  let found: number | undefined
  visit(document, (_key, node) => {
    if (!isAlias(node)) return undefined
    found = node.range?.[0] ?? 0
    return visit.BREAK
  })
  return found
}

function lineIn(document: Document, lines: LineCounter, path: FilePath): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length))
    if (offset !== undefined) return lines.linePos(offset).line
  }
  return 1
}

/** Where the key stands, or the entry of a list. */
function offsetOf(document: Document, path: FilePath): number | undefined {
  const last = path.at(-1)
  const holder = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  if (typeof last === 'string' && isMap(holder)) {
    const pair = holder.items.find((each) => isPair(each) && isScalar(each.key) && each.key.value === last)
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  const node = document.getIn(path, true) as Node | undefined
  return node?.range?.[0]
}
