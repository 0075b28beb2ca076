/**
 * A thread of `hostile.ts`: told a form, it posts that one time after another; told to stop, it tells what was answered. It
 * yields to the others, since it stands for other machines.
 */

import { Agent } from 'node:http'
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { post } from './measure.ts'

export interface Posting {
  readonly url: string
  readonly body: string
}

const NICE = 10

// On Linux that is the priority of this thread, not of the process.
if (process.platform === 'linux') setPriority(0, NICE)
const agent = new Agent({ keepAlive: true })
let posting: Posting | undefined

parentPort?.on('message', async (told: Posting | 'stop') => {
  if (told === 'stop') {
    posting = undefined
    return
  }
  posting = told
  const statuses = new Map<number, number>()
  while (posting !== undefined) {
    const { status } = await post(posting.url, agent, posting.body)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  parentPort?.postMessage(statuses)
})
