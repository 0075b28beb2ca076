/**
 * From a request to the operation that it is. Routes are kept in a tree by path segment, so finding one costs what the path
 * is long, however many operations there are. Literal segments go before `{name}`, and `{name}` before `{name...}`; within
 * one path the exact method goes before `*`, and the route with more conditions before the one with fewer.
 */

import type { Operation, Profile, RequestRoute } from './profile.ts'

/** One route that the path and method fit; whether it is the one may hang on its conditions. */
export interface Candidate {
  readonly operation: Operation
  readonly route: RequestRoute
  /** By name; decoded as they stood in the path. Those of `{name...}` without a slash in front. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface OperationTable {
  /**
   * The routes that fit, the most particular first; the first whose conditions hold is the one. `path` is decoded once, in
   * normal form, begins with a slash, and is what stands behind the service's prefix. `method` is upper case; HEAD is
   * taken for GET, and a WebSocket handshake is asked for as WEBSOCKET.
   */
  match(method: string, path: string): readonly Candidate[]
}

interface Leaf {
  readonly operation: Operation
  readonly route: RequestRoute
  /** Names of the parameters in the order of the path. */
  readonly names: readonly string[]
}

interface Node {
  readonly literals: Map<string, Node>
  parameter: Node | undefined
  /** Routes that end here. */
  readonly leaves: Leaf[]
  /** Routes that take all that is left here. */
  readonly rest: Leaf[]
}

/** Compiles the routes of the operations; made once for a profile or a service. */
export function operationTable({
  operations,
  bases,
  paths,
}: Pick<Profile, 'operations' | 'bases' | 'paths'>): OperationTable {
  const root = emptyNode()
  for (const operation of operations) {
    for (const route of operation.routes)
      for (const base of bases) insert(root, base + route.path, { operation, route }, paths)
  }
  sortLeaves(root)
  return {
    match(method, path) {
      const found: Candidate[] = []
      collect(root, segmentsOf(path, paths), 0, [], paths.ignoreCase, (leaf, values) => {
        if (fitsMethod(leaf.route, method)) found.push(candidate(leaf, values))
      })
      return found
    },
  }
}

function emptyNode(): Node {
  return { literals: new Map(), parameter: undefined, leaves: [], rest: [] }
}

function segmentsOf(path: string, { ignoreTrailingSlash }: Profile['paths']): readonly string[] {
  const cut = ignoreTrailingSlash && path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  return cut.slice(1).split('/')
}

function insert(
  root: Node,
  path: string,
  { operation, route }: Pick<Leaf, 'operation' | 'route'>,
  { ignoreCase, ignoreTrailingSlash }: Profile['paths'],
): void {
  const names: string[] = []
  let node = root
  for (const segment of segmentsOf(path, { ignoreCase, ignoreTrailingSlash })) {
    const name = /^\{(\w+)(\.\.\.)?\}$/.exec(segment)
    if (name?.[1] !== undefined) names.push(name[1])
    if (name?.[2] !== undefined) {
      node.rest.push({ operation, route, names })
      return
    }
    node = name === null ? literalBelow(node, ignoreCase ? segment.toLowerCase() : segment) : parameterBelow(node)
  }
  node.leaves.push({ operation, route, names })
}

function literalBelow(node: Node, segment: string): Node {
  const next = node.literals.get(segment) ?? emptyNode()
  node.literals.set(segment, next)
  return next
}

function parameterBelow(node: Node): Node {
  node.parameter ??= emptyNode()
  return node.parameter
}

function sortLeaves(node: Node): void {
  node.leaves.sort(byParticularity)
  node.rest.sort(byParticularity)
  for (const next of node.literals.values()) sortLeaves(next)
  if (node.parameter !== undefined) sortLeaves(node.parameter)
}

function byParticularity({ route: a }: Leaf, { route: b }: Leaf): number {
  return Number(a.methods.includes('*')) - Number(b.methods.includes('*')) || b.conditions.length - a.conditions.length
}

function fitsMethod({ methods }: RequestRoute, method: string): boolean {
  return methods.includes(method === 'HEAD' ? 'GET' : method) || methods.includes('*') || methods.includes(method)
}

/** Calls `found` for each leaf that the segments lead to, the most particular first. */
function collect(
  node: Node,
  segments: readonly string[],
  at: number,
  values: readonly string[],
  ignoreCase: boolean,
  found: (leaf: Leaf, values: readonly string[]) => void,
): void {
  const segment = segments[at]
  if (segment === undefined) {
    for (const leaf of node.leaves) found(leaf, values)
    return
  }
  const literal = node.literals.get(ignoreCase ? segment.toLowerCase() : segment)
  if (literal !== undefined) collect(literal, segments, at + 1, values, ignoreCase, found)
  if (node.parameter !== undefined && segment !== '') {
    collect(node.parameter, segments, at + 1, [...values, segment], ignoreCase, found)
  }
  if (node.rest.length > 0) {
    const all = [...values, segments.slice(at).join('/')]
    for (const leaf of node.rest) found(leaf, all)
  }
}

function candidate({ operation, route, names }: Leaf, values: readonly string[]): Candidate {
  return { operation, route, parameters: new Map(names.map((name, index) => [name, values[index] ?? ''])) }
}
