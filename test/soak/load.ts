/** Clients that keep their connection and ask without a pause. */

import * as http from 'node:http'
import * as https from 'node:https'

export interface Load {
  /** Requests that were answered in full. */
  answered(): number
  /** Requests that went out on a connection and were not answered in full, and why. */
  readonly lost: readonly string[]
  /** Resolves when every client has found the door closed, or was told to stop. */
  over(): Promise<void>
  stop(): void
}

/** Starts `clients` of them. A client that cannot connect any more stops: that request went nowhere. */
export function startLoad({
  clients,
  options,
}: {
  clients: number
  /** `rejectUnauthorized`, either way, makes it https. */
  options: https.RequestOptions
}): Load {
  const lost: string[] = []
  let answered = 0
  let stopped = false
  const secure = 'rejectUnauthorized' in options

  async function run(): Promise<void> {
    const agent = secure
      ? new https.Agent({ keepAlive: true, maxSockets: 1 })
      : new http.Agent({ keepAlive: true, maxSockets: 1 })
    while (!stopped) {
      const outcome = await ask({ ...options, agent }, secure)
      if (outcome === 'answered') answered += 1
      else if (outcome === 'closed') break
      else lost.push(outcome.why)
    }
    agent.destroy()
  }
  const runs = Promise.all(Array.from({ length: clients }, run))
  return {
    answered: () => answered,
    lost,
    over: async () => void (await runs),
    stop() {
      stopped = true
    },
  }
}

type Outcome = 'answered' | 'closed' | { readonly why: string }

function ask(options: https.RequestOptions, secure: boolean): Promise<Outcome> {
  return new Promise((resolve) => {
    const sent = (secure ? https : http).request(options, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200 ? 'answered' : { why: `status ${answer.statusCode}` }))
      answer.once('error', (error) => resolve({ why: error.message }))
    })
    sent.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? 'closed' : { why: `${error.code} ${sent.reusedSocket ? 'kept' : 'new'}` })
    })
    sent.end()
  })
}
