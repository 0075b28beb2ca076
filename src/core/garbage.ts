/** V8's garbage collector, for those who know better than V8 when it should run and what is garbage. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A function that collects what was made lately, and nothing older; a few milliseconds. */
export function youngGarbageCollector(): () => void {
  // V8 puts the function into contexts made while the flag is on: into that one and no other.
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return typeof collect === 'function' ? () => void collect({ type: 'minor' }) : () => {}
}

/**
 * Keeps V8's space for what was made lately at its present size, or lets it grow again. Work that makes much garbage fills
 * it up to 100 MiB and more within seconds, and V8 gives little of that back; kept small, it is collected more often.
 */
export function restrainYoungGeneration(isRestrained: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${isRestrained ? NO_GROWTH : V8_DEFAULT}`)
}

/** The memory of `octets`, where they share it with nothing else. */
export function ownBuffer({ buffer, byteLength }: Uint8Array): ArrayBuffer | undefined {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : undefined
}

/** Gives the memory of `octets` back at once, where they share it with nothing else; they are empty then. */
export function freeBytes(octets: Uint8Array): void {
  ownBuffer(octets)?.transfer(0)
}

const NO_GROWTH = 1
const V8_DEFAULT = 2
