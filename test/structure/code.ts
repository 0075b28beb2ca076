/** Rules on what stands in the code and how files are named and cut. */

import { place, type Source } from './source.ts'

const HARD_LIMIT = 400
const SOFT_LIMIT = 300
/** How many files may be longer than the soft limit. */
const LONG_FILES = 3

const CLOCK_AND_RANDOMNESS = [
  /\bDate\s*\.\s*now\b/g,
  /\bnew\s+Date\b\s*(?:\(\s*\)|(?![\s(]))/g,
  /(?<!new\s+|\.)\bDate\s*\(/g,
  /\bMath\s*\.\s*random\b/g,
  /\b(?:randomBytes|randomFill|randomFillSync|randomInt|randomUUID|getRandomValues)\b/g,
  /\bperformance\s*\.\s*now\b/g,
  /\bhrtime\b/g,
  /\bsetInterval\b/g,
]
const ENVIRONMENT = [/\bprocess\s*(?:\?\.|\.)\s*env\b/g, /\bprocess\s*\[/g, /\benv\b[^}]*\}\s*=\s*process\b/g]
const DEFAULT_EXPORT = [/^\s*export\s+default\b/gm, /\bas\s+default\b/g]
const RE_EXPORT = [/^\s*export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/gm]
const VAGUE_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc', 'index']

/** One line per file beyond the hard limit, and all beyond the soft one when there are too many. */
export function filesTooLong(sources: readonly Source[]): readonly string[] {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
  const long = lengths.filter(({ lines }) => lines > SOFT_LIMIT)
  const tooLong = long.length > LONG_FILES ? long : long.filter(({ lines }) => lines > HARD_LIMIT)
  return tooLong.map(({ path, lines }) => `${path} has ${lines} lines`)
}

/** One line per use of the clock or of randomness outside src/core. `setTimeout` is for deadlines, and free. */
export function clockAndRandomness(sources: readonly Source[]): readonly string[] {
  return occurrences(
    sources.filter(({ path }) => !path.startsWith('src/core/')),
    CLOCK_AND_RANDOMNESS,
  )
}

/** One line per use of the environment outside its file. */
export function environmentReads(sources: readonly Source[]): readonly string[] {
  return occurrences(
    sources.filter(({ path }) => path !== 'src/config/environment.ts'),
    ENVIRONMENT,
  )
}

/** One line per default export. */
export function defaultExports(sources: readonly Source[]): readonly string[] {
  return occurrences(sources, DEFAULT_EXPORT)
}

/** One line per export of what another file holds, which is what barrel files are made of. */
export function reExports(sources: readonly Source[]): readonly string[] {
  return occurrences(sources, RE_EXPORT)
}

/** One line per name that is not in kebab-case or says nothing about the file's content. */
export function badNames(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path }) => {
    const name = path.replace(/^.*\//, '').replace(/(?:\.[a-z]+)?\.\w+$/, '')
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) return [`${path} is not named in kebab-case`]
    return VAGUE_NAMES.includes(name) ? [`${path} is not named by what it holds`] : []
  })
}

/** One line per file that does not begin with a docstring, a `#!` line aside. */
export function withoutDocstring(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ text }) => !/^(?:#![^\n]*\n)?(?:\/\*\*|\/\/)/.test(text))
    .map(({ path }) => `${path} does not say what it is for`)
}

function occurrences(sources: readonly Source[], patterns: readonly RegExp[]): readonly string[] {
  return sources.flatMap((each) =>
    patterns.flatMap((pattern) =>
      [...each.code.matchAll(pattern)].map((hit) => `${place(each, hit.index)} ${hit[0].trim()}`),
    ),
  )
}
