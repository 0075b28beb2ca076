/** What every foreign identity provider of these suites is to them. */

import { eventually, isTaken, type Running } from '../support/process.ts'

export interface Person {
  readonly name: string
  readonly password: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

export interface Peer {
  readonly url: string
  readonly entityId: string
  readonly metadataUrl: string
  /** Gives it the metadata of the service provider. */
  meet(metadata: string): Promise<void>
  /** Address at which a sign-in starts there. */
  startUrl(serviceProvider: string, relayState: string): string
  close(): Promise<void>
}

export interface PeerOptions {
  readonly people: readonly Person[]
  /** One of its own address unless given. */
  readonly entityId?: string
  /** Keys that no other has. */
  readonly ownKeys?: boolean
}

/** Waits until the program listens; one that ends before is closed, and what it printed is told. */
export async function untilListening({
  name,
  port,
  server,
  close,
}: {
  readonly name: string
  readonly port: number
  readonly server: Running
  readonly close: () => Promise<void>
}): Promise<void> {
  const early = server.ended.then(({ stderr }) => {
    throw new Error(`${name} ended before it listened: ${stderr}`)
  })
  try {
    await Promise.race([eventually(() => isTaken(port), Boolean, 20), early])
  } catch (error) {
    await close()
    throw error
  }
}
