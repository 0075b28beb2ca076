/** Answers that are compressed although nobody asked for it. */

import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'

import { notFilterable } from './not-filterable.ts'

export type Coding = 'gzip' | 'br'

/** How many times its size a body may become. */
export const MOST_EXPANSION = 100

const CHUNK_BYTES = 64 * 1024

/** The bytes behind the coding. Throws NOT_FILTERABLE for what is broken or grows too much, and whatever `body` fails with. */
export async function* decoded(body: Readable, coding: Coding | null): AsyncGenerator<Uint8Array> {
  if (coding === null) {
    yield* body as AsyncIterable<Uint8Array>
    return
  }
  const options = { chunkSize: CHUNK_BYTES }
  const engine = coding === 'br' ? createBrotliDecompress(options) : createGunzip(options)
  // What fails on the way fails the reading of the engine, below.
  pipeline(body, engine, () => {})
  let produced = 0
  try {
    for await (const chunk of engine as AsyncIterable<Uint8Array>) {
      produced += chunk.length
      if (produced > MOST_EXPANSION * engine.bytesWritten) throw notFilterable(`${coding}: grows too much`)
      yield chunk
    }
  } catch (error) {
    throw body.errored ?? (isBroken(error) ? notFilterable(`${coding}: broken`, error) : error)
  }
}

/** Errors of zlib and brotli. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ERR_|BROTLI)/.test(String(error.code))
}
