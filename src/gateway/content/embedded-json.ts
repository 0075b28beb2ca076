/** Texts with JSON in them: a hidden field in one would be shown, since obligations are about the fields around it. */

import type { CompiledRules } from './compiled-rules.ts'
import { notFilterable } from './not-filterable.ts'

/** Texts in texts in texts: deeper than this nobody looks. */
const MOST_LEVELS = 8

/**
 * Throws NOT_FILTERABLE when a text is JSON in which a hidden field stands, at any depth, also in a text in it; or when it is
 * none, such as a line of a log, and such a field's name stands in it in quotes with a colon behind.
 */
export function checkEmbedded(text: string, rules: Pick<CompiledRules, 'verdictOn'>, level = 0): void {
  if (!text.includes('"')) return
  if (level >= MOST_LEVELS) throw notFilterable('JSON in a text in a text')
  const whole = parsed(text)
  if (whole === undefined) checkNames(namedIn(text), rules)
  const waiting: unknown[] = [whole]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value === 'string') checkEmbedded(value, rules, level + 1)
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) checkNames(Object.keys(value), rules)
    for (const each of Object.values(value)) waiting.push(each)
  }
}

function checkNames(names: Iterable<string>, { verdictOn }: Pick<CompiledRules, 'verdictOn'>): void {
  for (const name of names) if (verdictOn(name).hide !== null) throw notFilterable('a hidden field in a text')
}

/** undefined: it is no JSON. Of a name that stands twice the last counts, which makes no difference to whether it is hidden. */
function parsed(text: string): unknown {
  return /^[\s\uFEFF]*["[{]/.test(text) ? tried(text.replace(/^\uFEFF/, '')) : undefined
}

function tried(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** What stands in quotes before a colon; with the quotes escaped once more too. */
function* namedIn(text: string): Generator<string> {
  for (const [, name = ''] of text.matchAll(
    /"([^"\\\r\n]{0,200}(?:\\u[0-9a-fA-F]{4}[^"\\\r\n]{0,200}){0,50})\\?"\s*:/g,
  )) {
    const plain = tried(`"${name}"`)
    yield typeof plain === 'string' ? plain : name
  }
}
