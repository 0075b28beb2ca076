/** Who sent a request, seen through the proxies that are trusted. X-Forwarded-* of anybody else counts for nothing. */

import type { IncomingMessage } from 'node:http'

import ipaddr from 'ipaddr.js'

export interface Client {
  /** The connection's other end; empty when it is gone already. */
  readonly peer: string
  /** The peer is a trusted proxy: its X-Forwarded-* counts. */
  readonly trusted: boolean
  /** The nearest address that is not a trusted proxy. */
  readonly address: string
  /** As a trusted proxy reports it, else null. */
  readonly scheme: 'http' | 'https' | null
  /** Host as a trusted proxy reports it, else that of the Host header; lower case. */
  readonly host: string
}

/** Reads the sender of a request. */
export type ClientOf = (req: IncomingMessage) => Client

/** `trustedProxies` are CIDRs or single addresses. */
export function clientReader({ trustedProxies }: { trustedProxies: readonly string[] }): ClientOf {
  const isTrusted = trustedAddresses(trustedProxies)
  return (req) => {
    const peer = plainAddress(req.socket.remoteAddress ?? '')
    const host = (req.headers.host ?? '').toLowerCase()
    if (!isTrusted(peer)) return { peer, trusted: false, address: peer, scheme: null, host }
    const scheme = lastValue(req.headers['x-forwarded-proto'])?.toLowerCase()
    return {
      peer,
      trusted: true,
      address: firstUntrusted(peer, listOf(req.headers['x-forwarded-for']), isTrusted),
      scheme: scheme === 'https' || scheme === 'http' ? scheme : null,
      host: lastValue(req.headers['x-forwarded-host'])?.toLowerCase() ?? host,
    }
  }
}

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

const REMEMBERED_PEERS = 1000

/** Whether an address is in one of the CIDRs; compiled once. */
export function trustedAddresses(cidrs: readonly string[]): (address: string) => boolean {
  if (cidrs.length === 0) return () => false
  const ranges = cidrs.map(rangeOf)
  const known = new Map<string, boolean>()
  return (address) => {
    const answer = known.get(address)
    if (answer !== undefined) return answer
    const trusted = ipaddr.isValid(address) && isInside(ipaddr.process(address), ranges)
    if (known.size >= REMEMBERED_PEERS) known.clear()
    known.set(address, trusted)
    return trusted
  }
}

function rangeOf(cidr: string): Range {
  if (cidr.includes('/')) return ipaddr.parseCIDR(cidr)
  const address = ipaddr.process(cidr)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function isInside(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Range[]): boolean {
  return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits))
}

/** Walks from the nearest hop outwards; what cannot be read ends the walk at the last hop that could. */
function firstUntrusted(peer: string, hops: readonly string[], isTrusted: (address: string) => boolean): string {
  let nearest = peer
  for (const hop of hops.toReversed()) {
    const address = withoutPort(hop)
    if (!ipaddr.isValid(address)) return nearest
    nearest = plainAddress(address)
    if (!isTrusted(nearest)) return nearest
  }
  return nearest
}

/** `::ffff:192.0.2.1` as `192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
}

function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  return /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}

function listOf(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return String(value)
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** What the nearest proxy added; anything before it may be the client's own invention. */
function lastValue(value: string | string[] | undefined): string | undefined {
  return listOf(value).at(-1)
}
