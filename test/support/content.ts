/** Content as the gateway shows it under rules, without the gateway around it. */

import assert from 'node:assert/strict'
import { AppError } from '../../src/core/errors.ts'
import { filteredContent } from '../../src/gateway/content/filter-content.ts'
import { type ContentRules, type ItemFilter, NO_RULES } from '../../src/gateway/content/rules.ts'

export type Rules = Partial<ContentRules>
export type Format = Exclude<ContentRules['format'], 'any'>

interface Given {
  readonly rules: Rules
  readonly format?: Format
  /** How the content is cut into parts. */
  readonly partBytes?: number
}

/** All that is shown. Rejects with what is wrong with the content. */
export async function shown(content: string | Buffer, { rules, format = 'json', partBytes }: Given): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of filteredContent(
    cut(Buffer.from(content), partBytes),
    { format },
    { ...NO_RULES, ...rules },
  )) {
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** Asserts that content is refused, and that the refusal says nothing of it. */
export async function refused(content: string | Buffer, given: Given, detail: RegExp = /./): Promise<void> {
  await assert.rejects(shown(content, given), (error) => {
    assert.ok(error instanceof AppError, String(error))
    assert.equal(error.code, 'NOT_FILTERABLE', error.message)
    assert.match(error.message, detail)
    assert.doesNotMatch(error.message, /SECRET/)
    return true
  })
}

/** A filter that sees these ids and tells which it was asked about. */
export function filterSeeing(
  ids: readonly string[],
  over: Partial<Omit<ItemFilter, 'visible'>> = {},
): { readonly filter: ItemFilter; readonly asked: readonly (readonly string[])[] } {
  const seen = new Set(ids)
  const asked: (readonly string[])[] = []
  const filter: ItemFilter = {
    places: ['/devices/*'],
    id: ['deviceId'],
    everywhere: false,
    ...over,
    visible(each) {
      asked.push(each)
      return new Set(each.filter((id) => seen.has(id)))
    },
  }
  return { filter, asked }
}

async function* cut(content: Buffer, partBytes = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += partBytes) yield content.subarray(at, at + partBytes)
}
