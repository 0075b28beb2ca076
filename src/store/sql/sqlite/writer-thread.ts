/** The store's side of the writer thread: requests go out in batches, replies come back in order. */

import { Worker } from 'node:worker_threads'

import type { ChainWriter } from '../../../core/chain.ts'
import { AppError } from '../../../core/errors.ts'
import { errorFields, type Log } from '../../../core/log.ts'
import type { Answer } from '../dialect.ts'
import { engineError } from './engine-error.ts'
import type { WriterReply, WriterRequest } from './writer-protocol.ts'

export interface WriterThread {
  /** Sends a request; requests run in the order of the calls. STORE_UNAVAILABLE when the thread is gone. */
  send(request: WriterRequest): Promise<Answer>
  /** Why the thread is gone; undefined while it works. */
  failure(): AppError | undefined
  /** Ends the thread when it has answered everything. */
  close(): Promise<void>
}

interface Waiting {
  readonly request: WriterRequest
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: AppError) => void
}

/** Starts the thread on `file`, which must be there; it writes the chain of `writer`, or no audit. Resolves when it answers. */
export async function openWriterThread({
  file,
  writer,
  log,
}: {
  file: string
  writer: ChainWriter | null
  log: Log
}): Promise<WriterThread> {
  const worker = new Worker(new URL('./writer.ts', import.meta.url), { workerData: { file, writer } })
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const { send, receive, fail, failure } = exchange((requests) => worker.postMessage(requests))
  let closing = false

  function end(reason: AppError): void {
    if (failure() === undefined && !closing) log.error('store.writer_failed', errorFields(reason))
    fail(reason)
  }

  worker.on('message', receive)
  worker.once('error', (cause) => end(new AppError('STORE_UNAVAILABLE', 'the writer thread failed', { cause })))
  worker.once('exit', () =>
    end(new AppError('STORE_UNAVAILABLE', closing ? 'the store is closed' : 'no writer thread')),
  )
  await send({ kind: 'ping' })

  return {
    send,
    failure,
    async close() {
      closing = true
      if (failure() === undefined) await send({ kind: 'close' })
      await exited
    },
  }
}

interface Exchange {
  send(request: WriterRequest): Promise<Answer>
  /** Takes the replies to one batch. */
  receive(replies: readonly WriterReply[]): void
  /** Fails what is not answered and all that comes later; the first reason stays. */
  fail(reason: AppError): void
  failure(): AppError | undefined
}

/** Requests of one turn of the event loop go through `post` as one batch. */
function exchange(post: (requests: readonly WriterRequest[]) => void): Exchange {
  const sent: Waiting[] = []
  let outgoing: Waiting[] = []
  let gone: AppError | undefined

  function flush(): void {
    const batch = outgoing
    outgoing = []
    sent.push(...batch)
    post(batch.map(({ request }) => request))
  }

  return {
    send(request) {
      if (gone !== undefined) return Promise.reject(gone)
      return new Promise((resolve, reject) => {
        outgoing.push({ request, resolve, reject })
        // When all that can go on now has gone on: what it sends goes along, and the thread is woken once.
        if (outgoing.length === 1) queueMicrotask(() => process.nextTick(flush))
      })
    },
    receive(replies) {
      // All at once: to shift a long array is to move it, and a big change has tens of thousands of statements.
      const answered = sent.splice(0, replies.length)
      for (const [index, reply] of replies.entries()) settle(answered[index], reply)
    },
    fail(reason) {
      gone ??= reason
      for (const { reject } of [...sent.splice(0), ...outgoing.splice(0)]) reject(gone)
    },
    failure: () => gone,
  }
}

function settle(waiting: Waiting | undefined, reply: WriterReply): void {
  if ('failure' in reply) waiting?.reject(engineError(reply.failure))
  else waiting?.resolve(reply)
}
