/** What passes between the store and its writer thread: arrays of requests, answered by arrays of replies in the same order. */

import type { Answer } from '../dialect.ts'
import type { EngineFailure } from './engine-error.ts'

export type WriterRequest =
  /** One statement inside the transaction. */
  | { readonly kind: 'statement'; readonly sql: string; readonly parameters: readonly unknown[] }
  /** Begins the transaction of a group, waiting for other processes. */
  | { readonly kind: 'begin' }
  /** Begins, keeps or undoes one member of the group. */
  | { readonly kind: 'savepoint' | 'keep' | 'undo' }
  /** Ends the transaction. */
  | { readonly kind: 'commit' | 'rollback' }
  /** Asks whether the engine answers. */
  | { readonly kind: 'ping' }
  /** Brings everything into the main file and ends the thread. */
  | { readonly kind: 'close' }

export type WriterReply = Answer | { readonly failure: EngineFailure }
