/** The five demo services together. */

import type { DemoServer } from '../listen.ts'
import { ciscoLicenseManager } from './cisco-license-manager.ts'
import { flexnetLicenseServer } from './flexnet-license-server.ts'
import { flexnetManagerSuite } from './flexnet-manager-suite.ts'
import { licensePortal } from './license-portal.ts'
import { openlm } from './openlm.ts'
import { type DemoSystem, demoService } from './service.ts'

/** In the order of their ports. */
export const DEMO_SYSTEMS: readonly DemoSystem[] = [
  flexnetLicenseServer,
  flexnetManagerSuite,
  openlm,
  licensePortal,
  ciscoLicenseManager,
]

export interface RunningDemoService {
  readonly id: string
  readonly title: string
  /** Prefix of its path at the gateway. */
  readonly prefix: string
  /** Its own address, behind the gateway. */
  readonly url: string
  readonly port: number
}

export interface DemoServices {
  readonly services: readonly RunningDemoService[]
  close(): Promise<void>
}

/** Starts all five on `host`; `ports` in the order of `DEMO_SYSTEMS`, 0 or none given: any free one. Errors: CONFIG_INVALID when a port is in use. */
export async function startDemoServices({
  host,
  ports,
}: {
  host: string
  ports: readonly number[]
}): Promise<DemoServices> {
  const opened: DemoServer[] = []
  const close = async () => {
    await Promise.all(opened.map((server) => server.close()))
  }
  const services: RunningDemoService[] = []
  try {
    for (const [index, system] of DEMO_SYSTEMS.entries()) {
      const server = await demoService({ system, host, port: ports[index] ?? 0 })
      opened.push(server)
      const { id, title, prefix } = system
      services.push({ id, title, prefix, port: server.port, url: `http://${host}:${server.port}` })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { services, close }
}
