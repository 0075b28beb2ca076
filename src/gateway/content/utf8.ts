/** Bytes to text, strictly. */

import { notFilterable } from './not-filterable.ts'

export interface Utf8Reader {
  /** The text of the next bytes, but for a character that they leave incomplete. Throws NOT_FILTERABLE. */
  read(bytes: Uint8Array): string
  /** Throws NOT_FILTERABLE when a character is incomplete. */
  end(): void
}

/** Reads UTF-8 in parts of any size. A byte order mark is a character like any other. */
export function utf8Reader(): Utf8Reader {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  function decode(bytes: Uint8Array | undefined): string {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw notFilterable('bytes that are not UTF-8', cause)
    }
  }
  return { read: decode, end: () => void decode(undefined) }
}

/** The same text. V8 keeps the whole part of which a text was cut out; what is remembered for long must not keep it alive. */
export function detached(text: string): string {
  return Buffer.from(text).toString()
}
