/** YAML text → plain values. */

import { parseDocument, type YAMLError } from 'yaml'
import type { Finding } from './problem.ts'

const MAX_ALIASES = 20

export interface ParsedYaml {
  /** Undefined when the text cannot be read at all. */
  readonly content: unknown
  readonly findings: readonly Finding[]
}

/**
 * The content of one YAML 1.2 document. A key that stands twice is a finding each time and hides nothing else; after any
 * other error there is one finding, that of the first error, and no content. An empty document is an empty section.
 */
export function parseYaml(text: string): ParsedYaml {
  try {
    const document = parseDocument(text, { version: '1.2', strict: true, stringKeys: true, prettyErrors: true })
    const fatal = [...document.errors, ...document.warnings].find((error) => error.code !== 'DUPLICATE_KEY')
    if (fatal !== undefined)
      return { content: undefined, findings: [{ path: [], message: `is not valid YAML: ${plain(fatal)}` }] }
    const findings = document.errors.map((error) => duplicate(error, text))
    return { content: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, findings }
  } catch (error) {
    // Alias bombs and nesting without end are thrown, not listed.
    const reason = error instanceof Error ? error.message : String(error)
    return { content: undefined, findings: [{ path: [], message: `is not valid YAML: ${reason}` }] }
  }
}

function duplicate(error: YAMLError, text: string): Finding {
  const key = /^[\w-]{1,64}/.exec(text.slice(error.pos[0]))?.[0] ?? ''
  return { path: [], message: `${place(error)}: the key ${key} stands twice in one section; it may stand once` }
}

function place({ linePos }: YAMLError): string {
  const start = linePos?.[0]
  return start === undefined ? 'line unknown' : `line ${start.line}, column ${start.col}`
}

/** The message without the excerpt of the source that the parser appends: the excerpt may hold a secret. */
function plain(error: YAMLError): string {
  const [sentence = ''] = error.message.split('\n')
  return `${place(error)}: ${sentence.replace(/ at line \d+, column \d+:$/, '')}`
}
