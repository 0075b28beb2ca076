/** Source files as the structure rules read them: the text, and the code alone, with comments and quoted text blanked. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly text: string
  /** `text` with comments, regular expressions and the inside of quotes blanked; every offset stays. */
  readonly code: string
}

/** A source file of this path and text. */
export function source(path: string, text: string): Source {
  return { path, text, code: codeOf(text) }
}

/** Every .ts and .js file below `folder`, sorted by path. */
export function readSources(root: string, folder: string): readonly Source[] {
  return filesBelow(root, folder)
    .filter((path) => /\.(?:ts|js)$/.test(path))
    .map((path) => source(path, readFileSync(join(root, path), 'utf8')))
}

/** Paths of all files below `folder`, sorted; folders named in `except` are left out wherever they stand. */
export function filesBelow(root: string, folder: string, except: readonly string[] = []): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !except.includes(name))
    .flatMap((entry) => {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? filesBelow(root, path, except) : [path]
    })
    .sort()
}

/** `path:line` of an offset, as editors open it. */
export function place({ path, text }: Source, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`
}

const QUIET = /#![^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const QUOTED = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y
const REGEXP = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y
const TEMPLATE_PART = /[`}](?:\\[\s\S]|(?!\$\{)[^`\\])*(?:`|\$\{)/y

/** Where a slash begins a regular expression: after these it cannot divide. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in|await|yield|throw))\s*$/

/** `text` with everything but code blanked. Line breaks and quotes stay where they are. */
export function codeOf(text: string): string {
  let code = ''
  /** Braces that are open in each `${…}` that we are inside of. */
  const templates: number[] = []
  while (code.length < text.length) {
    const at = code.length
    const character = text.charAt(at)
    const depth = templates.at(-1)
    if (character === '`' || (character === '}' && depth === 0)) code += templatePart(text, at, templates)
    else {
      if (depth !== undefined && character === '{') templates[templates.length - 1] = depth + 1
      if (depth !== undefined && character === '}') templates[templates.length - 1] = depth - 1
      code += quietPart(text, at, code) ?? character
    }
  }
  return code
}

function templatePart(text: string, at: number, templates: number[]): string {
  const part = match(TEMPLATE_PART, text, at) ?? text.slice(at)
  if (text.charAt(at) === '}') templates.pop()
  if (part.endsWith('${')) templates.push(0)
  return inside(part, part.endsWith('${') ? 2 : 1)
}

function quietPart(text: string, at: number, before: string): string | undefined {
  const comment = text.startsWith('#!', at) && at > 0 ? undefined : match(QUIET, text, at)
  if (comment !== undefined) return blank(comment)
  const quoted = match(QUOTED, text, at)
  if (quoted !== undefined) return inside(quoted, 1)
  if (text.charAt(at) !== '/' || !BEFORE_REGEXP.test(before.slice(-80))) return undefined
  const expression = match(REGEXP, text, at)
  return expression === undefined ? undefined : blank(expression)
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** The first character and the last `end` stay; what is between is blanked. */
function inside(quoted: string, end: number): string {
  return quoted.charAt(0) + blank(quoted.slice(1, -end)) + quoted.slice(-end)
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
