/** How many connections one address may hold: many of one must not take the place of everybody else. */

import type { Server } from 'node:http'
import { isIPv6, type Socket } from 'node:net'

export interface ConnectionLimits {
  /** At once; 0: no limit. */
  readonly perAddress: number
  /** Whether the address is that of a trusted proxy, which stands for many and has limits of its own. */
  readonly isExempt: (address: string) => boolean
}

/**
 * Resets the connections of an address that holds as many as `limits` allows, before anything is read from them. `limited` is
 * called with the address, once for each time that it comes to its limit.
 */
export function limitConnections(
  server: Server,
  { limits, limited }: { limits: () => ConnectionLimits; limited: (address: string) => void },
): void {
  const held = new Map<string, { count: number; isTold: boolean }>()
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress } = socket
    const { perAddress, isExempt } = limits()
    if (remoteAddress === undefined || perAddress === 0 || isExempt(remoteAddress)) return
    const address = holderOf(remoteAddress)
    const entry = held.get(address) ?? { count: 0, isTold: false }
    if (entry.count >= perAddress) {
      if (!entry.isTold) limited(address)
      entry.isTold = true
      socket.resetAndDestroy()
      return
    }
    entry.count += 1
    held.set(address, entry)
    socket.once('close', () => {
      entry.count -= 1
      entry.isTold &&= entry.count > perAddress / 2
      if (entry.count === 0) held.delete(address)
    })
  })
}

/** An IPv4 address itself; of an IPv6 address its first 64 bits, which one holder has whole. */
export function holderOf(address: string): string {
  if (!isIPv6(address)) return address
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [front = '', back] = address.toLowerCase().split('%')[0]?.split('::') ?? []
  const left = front === '' ? [] : front.split(':')
  const right = back === undefined || back === '' ? [] : back.split(':')
  const zeros = back === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}
