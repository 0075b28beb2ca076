/** A copy of a small request body, for a request that may have to be sent a second time. */

import type { IncomingMessage } from 'node:http'

export interface KeptBody {
  /** The whole body once it has arrived; undefined when it is longer than what is kept, or not whole in `seconds` from now. */
  whole(seconds: number): Promise<Buffer | undefined>
}

/** Beyond that a body is sent once only. */
const MOST_BYTES = 65_536

/** Keeps the body while somebody else reads it too; to be called before its first part has come. */
export function keepBody(req: IncomingMessage): KeptBody {
  let chunks: Buffer[] = []
  let size = 0
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  function keep(chunk: Buffer): void {
    size += chunk.length
    if (size <= MOST_BYTES) chunks.push(chunk)
    else giveUp()
  }
  function giveUp(): void {
    req.off('data', keep)
    chunks = []
    resolve(undefined)
  }
  req.on('data', keep)
  req.once('end', () => resolve(Buffer.concat(chunks)))
  req.once('close', giveUp)
  return {
    whole(seconds) {
      const overdue = setTimeout(giveUp, seconds * 1000).unref()
      return promise.finally(() => clearTimeout(overdue))
    },
  }
}

/** A body that was read before. */
export function keptAlready(body: Buffer): KeptBody {
  return { whole: async () => (body.length <= MOST_BYTES ? body : undefined) }
}
