/** Takes elements out of a JSON text; what is left stays in its order, its numbers and strings to the letter. */

import { idOf } from '../../profiles/request-facts.ts'
import { type JsonSink, jsonTokenizer } from '../content/json-tokenizer.ts'

/** Elements of the list at a pointer such as `/devices/*` or `/devices/*\/id` that are, or have there, one of these ids. */
export interface Elements {
  readonly pointer: string
  readonly ids: ReadonlySet<string>
}

/** A scalar as it is written, or a container with what is in it; elements of an array have their index for a name. */
type Node =
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'array' | 'object'; readonly children: Map<string, Node> }

/** The text without the elements. Throws NOT_FILTERABLE for what is no JSON in the strict sense. */
export function withoutElements(text: string, lists: readonly Elements[]): string {
  const root = nodesOf(text)
  for (const { pointer, ids } of lists) takeOut(root, pointer, ids)
  return written(root)
}

function nodesOf(text: string): Node {
  const open: { readonly node: Extract<Node, { children: unknown }>; name: string }[] = []
  let root: Node = { kind: 'scalar', text: '' }
  const put = (node: Node): void => {
    const top = open.at(-1)
    if (top === undefined) root = node
    else top.node.children.set(top.node.kind === 'array' ? String(top.node.children.size) : top.name, node)
  }
  const sink: JsonSink = {
    open(isObject) {
      const node = { kind: isObject ? 'object' : 'array', children: new Map<string, Node>() } as const
      put(node)
      open.push({ node, name: '' })
    },
    close: () => void open.pop(),
    name(name) {
      const top = open.at(-1)
      if (top !== undefined) top.name = name
    },
    string: (from, to) => put({ kind: 'scalar', text: text.slice(from, to) }),
    bare: (from, to, json) => put({ kind: 'scalar', text: json ?? text.slice(from, to) }),
    separator() {},
    space() {},
  }
  const reader = jsonTokenizer(sink, { lines: false })
  reader.feed(text)
  reader.end()
  return root
}

/** The last `*` of a pointer stands for the elements; what follows leads to their ids. */
function takeOut(root: Node, pointer: string, ids: ReadonlySet<string>): void {
  const steps = pointer.split('/').slice(1)
  const last = steps.lastIndexOf('*')
  for (const list of nodesAt(root, steps.slice(0, last))) {
    if (list.kind === 'scalar') continue
    for (const [name, element] of list.children) {
      const named = nodesAt(element, steps.slice(last + 1)).map((node) => idIn(node))
      if (named.some((id) => id !== undefined && ids.has(id))) list.children.delete(name)
    }
  }
}

function nodesAt(root: Node, steps: readonly string[]): readonly Node[] {
  return steps.reduce<readonly Node[]>((nodes, step) => nodes.flatMap((node) => below(node, step)), [root])
}

function below(node: Node, step: string): readonly Node[] {
  if (node.kind === 'scalar') return []
  if (step === '*') return [...node.children.values()]
  const child = node.children.get(step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return child === undefined ? [] : [child]
}

function idIn(node: Node): string | undefined {
  return node.kind === 'scalar' ? idOf(JSON.parse(node.text)) : undefined
}

function written(node: Node): string {
  if (node.kind === 'scalar') return node.text
  if (node.kind === 'array') return `[${[...node.children.values()].map(written).join(',')}]`
  return `{${[...node.children].map(([name, child]) => `${JSON.stringify(name)}:${written(child)}`).join(',')}}`
}
