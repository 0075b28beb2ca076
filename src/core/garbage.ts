/** V8's garbage collector, for those who know better than V8 when it should run. */

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
