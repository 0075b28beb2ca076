/** The least that could be asked by nginx: a process that says yes to whoever has a cookie. Argument: the port. */

import { createServer } from 'node:http'

createServer(({ headers }, response) => {
  response.writeHead(headers.cookie === undefined ? 401 : 200, { 'X-Operator': 'ann@example.com', 'Content-Length': 0 })
  response.end()
}).listen(Number(process.argv[2]), '127.0.0.1')
