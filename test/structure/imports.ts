/** What a source file imports. */

import { posix } from 'node:path'
import { place, type Source } from './source.ts'

export interface Import {
  readonly from: Source
  /** `path:line` of the statement. */
  readonly place: string
  /** As written, such as `../core/time.ts` or `node:path`. */
  readonly specifier: string
  /** Path of the imported file from the root of the project; undefined for packages. */
  readonly file: string | undefined
  /** Name of the imported package, `node:…` included; undefined for files. */
  readonly package: string | undefined
  /**
   * `type`: erased, never loaded. `value`: loaded with the file. `dynamic`: loaded by `import()` or `require()`.
   * `thread`: named by `new URL('…', import.meta.url)`, to run as a module of another thread.
   */
  readonly kind: 'type' | 'value' | 'dynamic' | 'thread'
}

/** Stands for the path of an `import()` that is computed, so that no rule can judge it. */
export const COMPUTED = '(computed)'

const STATEMENT = /^[ \t]*(import|export)\b(\s+type\b(?!\s*,|\s+from\b))?([^'"`;=()]*?)\bfrom\s*(?=['"])/gm
const BARE = /^[ \t]*import\s*(?=['"])/gm
/** `typeof import('…')` and `import('…').Name` are types. */
const CALL = /(\btypeof\s+)?\b(?:import|require)\s*\(\s*(?=[^)]*\)(\s*\.\s*(?!then\b|catch\b|finally\b))?)/g
const THREAD = /\bnew\s+URL\s*\(\s*(?=['"][^'"]*['"]\s*,\s*import\.meta\.url)/g

/**
 * All imports of a file. `import { type X }` counts as a value: what is in braces is erased, the import itself is not, and
 * the module is loaded.
 */
export function importsOf(from: Source): readonly Import[] {
  const found: { at: number; after: number; kind: Import['kind'] }[] = []
  const add = (hit: RegExpMatchArray, kind: Import['kind']): void => {
    found.push({ at: hit.index ?? 0, after: (hit.index ?? 0) + hit[0].length, kind })
  }
  for (const hit of from.code.matchAll(STATEMENT)) add(hit, hit[2] === undefined ? 'value' : 'type')
  for (const hit of from.code.matchAll(BARE)) add(hit, 'value')
  for (const hit of from.code.matchAll(CALL))
    add(hit, hit[1] === undefined && hit[2] === undefined ? 'dynamic' : 'type')
  for (const hit of from.code.matchAll(THREAD)) if (isModule(from.text, hit)) add(hit, 'thread')
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ at, after, kind }) => {
      const specifier = quotedAt(from.text, after) ?? COMPUTED
      return { from, place: place(from, at + leading(from.code, at)), specifier, kind, ...target(from.path, specifier) }
    })
}

function isModule(text: string, hit: RegExpMatchArray): boolean {
  return /\.(?:ts|js)$/.test(quotedAt(text, (hit.index ?? 0) + hit[0].length) ?? '')
}

function quotedAt(text: string, at: number): string | undefined {
  return /^(['"`])([^'"`$\n]*)\1/.exec(text.slice(at, at + 300))?.[2]
}

/** White space before a statement; the pattern begins at the line. */
function leading(code: string, at: number): number {
  return /^\s*/.exec(code.slice(at, at + 200))?.[0].length ?? 0
}

function target(path: string, specifier: string): Pick<Import, 'file' | 'package'> {
  if (specifier.startsWith('.')) return { file: posix.join(posix.dirname(path), specifier), package: undefined }
  return { file: undefined, package: specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/') }
}
