/** Reads Markdown as far as the tests of the documentation need it. */

import { posix } from 'node:path'

export interface Page {
  /** From the root of the project. */
  readonly path: string
  readonly text: string
}

export interface Fence {
  /** What stands after the opening fence, such as `sh`. */
  readonly info: string
  /** Without the indent of the fence. */
  readonly code: string
}

const FENCE = /^( *)```([^\n`]*)\n([\s\S]*?)^ *```[ \t]*$/gm
const SPAN = /`([^`\n]+)`/g

/** The fenced blocks. */
export function fencesIn(text: string): readonly Fence[] {
  return [...text.matchAll(FENCE)].map(([, indent = '', info = '', code = '']) => ({
    info: info.trim(),
    code: code
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
      .join('\n'),
  }))
}

/** Everything that is set as code: fenced blocks, then spans. */
export function codeIn(text: string): readonly string[] {
  const spans = [...text.replace(FENCE, '').matchAll(SPAN)].map(([, code = '']) => code)
  return [...fencesIn(text).map(({ code }) => code), ...spans]
}

/** The npm scripts that a piece of code runs; npm's own commands are among them. */
export function scriptsIn(code: string): readonly string[] {
  return [...code.matchAll(/(?<![\w-])npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name)
}

/** The words of each `gatehouse …` in a piece of code, two at most: a command, perhaps with its subcommand. */
export function commandsIn(code: string): readonly (readonly string[])[] {
  const found = code.matchAll(/(?<![\w./-])gatehouse ([a-z][a-z-]*)(?: ([a-z][a-z-]*)(?=\s|$))?/g)
  return [...found].map(([, first = '', second]) => (second === undefined ? [first] : [first, second]))
}

/** The cells of every table row but heads and rulers. */
export function rowsIn(text: string): readonly (readonly string[])[] {
  const lines = text.replace(FENCE, '').split('\n')
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || isRuler(line) || isRuler(lines[index + 1] ?? '')) return []
    return [line.replace(/^\|\s*|\s*\|\s*$/g, '').split(/\s*(?<!\\)\|\s*/)]
  })
}

function isRuler(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line)
}

interface Files {
  readonly exists: (path: string) => boolean
  readonly read: (path: string) => string
}

/** One line per relative link to a file or heading that is not there. */
export function brokenLinks(pages: readonly Page[], files: Files): readonly string[] {
  return pages.flatMap(({ path, text }) => {
    const plain = text.replace(FENCE, '').replace(SPAN, '')
    const links = [...plain.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
    return links
      .filter((target) => !/^[a-z]+:/.test(target))
      .flatMap((target) => {
        const [file = '', anchor] = target.split('#')
        const found = file === '' ? path : posix.join(posix.dirname(path), file)
        if (file !== '' && !files.exists(found)) return [`${path} links to ${target}, which is not there`]
        if (anchor === undefined || anchorsIn(file === '' ? text : files.read(found)).includes(anchor)) return []
        return [`${path} links to ${target}, which has no such heading`]
      })
  })
}

/** The anchors that headings get on GitHub. */
function anchorsIn(text: string): readonly string[] {
  const headings = [...text.replace(FENCE, '').matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
