/** A tree of sections as a flat list of its values. */

import { isSection, type KeyPath, keyText } from './problem.ts'

export interface Leaf {
  /** Dotted path. */
  readonly key: string
  readonly path: KeyPath
  readonly value: unknown
}

/** Every value of `tree` in order. A list of plain values is one value, and so is an empty section. */
export function leavesOf(tree: unknown, path: KeyPath = []): readonly Leaf[] {
  if (Array.isArray(tree) && tree.some(isSection)) {
    return tree.flatMap((entry, index) => leavesOf(entry, [...path, index]))
  }
  if (!isSection(tree) || Object.keys(tree).length === 0) return [{ key: keyText(path), path, value: tree }]
  return Object.entries(tree).flatMap(([key, value]) => leavesOf(value, [...path, key]))
}
