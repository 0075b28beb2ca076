/** Pipelined requests (RFC 9112 §9.3.2) are served one after another, as if each had waited for the answer before it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

type Handle = (req: IncomingMessage, res: ServerResponse) => void

/** More than this many waiting on one connection is no honest client. */
const MOST_WAITING = 100

/** Handles a request when its turn has come: when all answers before it on its connection are through. */
export function inTurn(handle: Handle): Handle {
  const waiting = new WeakMap<Socket, number>()
  return (req, res) => {
    // Node gives the connection to one answer at a time, in order.
    if (res.socket !== null) {
      handle(req, res)
      return
    }
    const { socket } = req
    const before = waiting.get(socket) ?? 0
    if (before >= MOST_WAITING) {
      socket.destroy()
      return
    }
    waiting.set(socket, before + 1)
    res.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      handle(req, res)
    })
  }
}
