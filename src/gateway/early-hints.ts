/** Interim answers of the upstream (RFC 9110 §15.2). */

import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Passes on 102 as it is and 103 with its Link fields alone, which are hints whoever gave them (RFC 8297); others end here.
 * An HTTP/1.0 client gets none.
 */
export function passHints(req: IncomingMessage, res: ServerResponse, status: number, raw: readonly string[]): void {
  if (req.httpVersion !== '1.1') return
  if (status === 102) res.writeProcessing()
  if (status !== 103) return
  const links = raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === 'link')
  const lines = links.filter((link) => FIELD_VALUE.test(link)).map((link) => `Link: ${link}\r\n`)
  // Node's writeEarlyHints takes no list of links in one field. Nothing of this answer is on the way yet.
  if (lines.length > 0) res.socket?.write(`HTTP/1.1 103 Early Hints\r\n${lines.join('')}\r\n`, 'latin1')
}

/** RFC 9110 §5.5. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
