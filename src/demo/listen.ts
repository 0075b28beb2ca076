/** Opens and closes the servers of the demo. */

import { createServer, type RequestListener, type Server } from 'node:http'
import { AppError } from '../core/errors.ts'

export interface DemoServer {
  readonly server: Server
  /** The port it got. */
  readonly port: number
  /** Stops listening and cuts what is still connected. */
  close(): Promise<void>
}

/** Listens on `host` and `port` (0: any free one). Errors: CONFIG_INVALID when the port is taken or may not be used. */
export async function openServer({
  handler,
  host,
  port,
}: {
  handler: RequestListener
  host: string
  port: number
}): Promise<DemoServer> {
  const server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, port)))
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return { server, port: actual, close: () => closeServer(server) }
}

function listenError(error: NodeJS.ErrnoException, port: number): AppError {
  const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code ?? error.message})`
  return new AppError('CONFIG_INVALID', `port ${port} ${reason}; the demo needs it`, { cause: error })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    server.closeAllConnections()
  })
}
