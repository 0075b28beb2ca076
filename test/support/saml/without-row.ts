/** The verifier with pieces of its source taken out, to see what each of them keeps out. */

import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import type { verifyMessage } from '../../../src/signin/saml/verify.ts'

/** A change of one file of src/signin/saml; the text must stand there exactly once. */
export interface Cut {
  readonly file: string
  readonly text: string
  readonly by: string
}

const ROOM = new URL('../../../src/signin/saml/', import.meta.url).href
const cutsByVariant = new Map<string, readonly Cut[]>()

/** `verifyMessage` of a copy of the room with these cuts made; what it imports from outside the room is shared. */
export async function verifierWith(cuts: readonly Cut[]): Promise<typeof verifyMessage> {
  const variant = `${cutsByVariant.size}`
  cutsByVariant.set(variant, cuts)
  const loaded: typeof import('../../../src/signin/saml/verify.ts') = await import(
    `${ROOM}verify.ts?variant=${variant}`
  )
  return loaded.verifyMessage
}

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const variant = variantOf(context.parentURL ?? '')
    if (variant === null || !found.url.startsWith(ROOM) || variantOf(found.url) !== null) return found
    return { ...found, url: `${found.url}?variant=${variant}` }
  },
  load(url, context, next) {
    const loaded = next(url, context)
    const cuts = (cutsByVariant.get(variantOf(url) ?? '') ?? []).filter(({ file }) => url.startsWith(`${ROOM}${file}?`))
    if (cuts.length === 0) return loaded
    return { ...loaded, source: cuts.reduce(cutOut, Buffer.from(loaded.source as Uint8Array).toString()) }
  },
})

function variantOf(url: string): string | null {
  return url.startsWith(ROOM) ? new URL(url).searchParams.get('variant') : null
}

function cutOut(source: string, { file, text, by }: Cut): string {
  assert.equal(source.split(text).length, 2, `${file} has not exactly one: ${text}`)
  return source.replace(text, () => by)
}
