/** Why TLS to a server fails; ioredis says no more than that the connection is closed when it was to a sentinel or a node of a cluster. */

import { isIP } from 'node:net'
import { connect } from 'node:tls'

import type { RedisLocation } from '../../config/config.ts'

const PATIENCE_MS = 2000

/** The first error of a handshake with one of the nodes; undefined when there is none. */
export async function tlsProblem(nodes: RedisLocation['nodes']): Promise<Error | undefined> {
  const problems = await Promise.all(nodes.map(handshake))
  return problems.find((problem) => problem !== undefined)
}

function handshake({ host, port }: RedisLocation['nodes'][number]): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE_MS, ...(isIP(host) === 0 && { servername: host }) })
    const end = (problem?: Error) => {
      socket.destroy()
      resolve(problem)
    }
    socket.once('secureConnect', () => end())
    socket.once('timeout', () => end(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
    socket.once('error', end)
  })
}
