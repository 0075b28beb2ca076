/** How texts are ordered wherever they are kept. */

/** Order of two texts by the bytes of their UTF-8, as databases have it; JavaScript's own order is by UTF-16 unit. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
