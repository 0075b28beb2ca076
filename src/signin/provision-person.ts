/** An operator's name and e-mail address from what the provider sends. */

import type { IdentityProviderConfig } from '../config/config.ts'

const LONGEST_TEXT = 256

/**
 * For each, the first attribute of the configured names that has a text; null when none has. White space and control
 * characters become single spaces, and at most 256 characters are kept.
 */
export function personOf(
  attributes: ReadonlyMap<string, readonly string[]>,
  names: IdentityProviderConfig['attributes'],
): { readonly displayName: string | null; readonly email: string | null } {
  return { displayName: firstText(attributes, names.displayName), email: firstText(attributes, names.email) }
}

function firstText(attributes: ReadonlyMap<string, readonly string[]>, names: readonly string[]): string | null {
  const texts = names.flatMap((name) => attributes.get(name) ?? []).map(singleLine)
  return texts.find((text) => text !== '') ?? null
}

function singleLine(text: string): string {
  return [...text.replace(/[\s\p{Cc}]+/gu, ' ').trim()].slice(0, LONGEST_TEXT).join('')
}
