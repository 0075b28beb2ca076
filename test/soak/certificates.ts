/** Certificates that change under load: nothing is lost, and connections made afterwards see the new one. */

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'

import { openProcessHouse, serviceOf } from '../processes/gateway/house.ts'
import { lostFigure } from './drain.ts'
import { startLoad } from './load.ts'
import type { Soak } from './soak.ts'

const CLIENTS = 16

export const certificates: Soak = async ({ short }) => {
  const changes = short ? 3 : 20
  const house = await openProcessHouse()
  try {
    await writeCertificate(house.folder, 'first')
    await house.write({
      publicUrl: `https://localhost:${house.port}`,
      listen: { port: house.port, tls: { key: 'tls.key', cert: 'tls.crt' } },
      services: [serviceOf(house.upstream.url, { access: 'public' })],
    })
    const running = await house.serve()
    const load = startLoad({
      clients: CLIENTS,
      options: {
        host: '127.0.0.1',
        port: house.port,
        servername: 'localhost',
        path: '/app/x',
        headers: { Host: `localhost:${house.port}` },
        rejectUnauthorized: false,
      },
    })
    let seen = 0
    let slowest = 0
    for (let change = 0; change < changes; change += 1) {
      await delay(200)
      await writeCertificate(house.folder, `change-${change}`)
      const since = performance.now()
      running.signal('SIGHUP')
      while (performance.now() - since < 5000 && (await nameSeen(house.port)) !== `change-${change}`) await delay(20)
      if ((await nameSeen(house.port)) === `change-${change}`) seen += 1
      slowest = Math.max(slowest, performance.now() - since)
    }
    load.stop()
    await load.over()
    return [
      { what: 'certificates changed and seen', value: seen, limit: String(changes), kept: seen === changes },
      { what: 'slowest change, ms', value: Math.round(slowest) },
      { what: 'requests answered meanwhile', value: load.answered() },
      lostFigure('requests lost', load.lost),
    ]
  } finally {
    await house.close()
  }
}

async function writeCertificate(folder: string, commonName: string): Promise<void> {
  const made = await generate([{ name: 'commonName', value: commonName }], { keySize: 2048, algorithm: 'sha256' })
  await writeFile(join(folder, 'tls.key'), made.private)
  await writeFile(join(folder, 'tls.crt'), made.cert)
}

/** Common name of the certificate that a new connection is shown. */
async function nameSeen(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}
