/**
 * Output that is not settled yet: items that may be left out, and what depends on how many are. It is written in the
 * order of the text, once the filters have said what may be seen.
 */

import { AppError } from '../../core/errors.ts'

/** What has children, divided by a separator. */
export interface Container {
  readonly separator: string
  /** A child is there, whatever may be seen. */
  hasChild: boolean
  /** A child may be there, depending on what may be seen. */
  mayHaveChild: boolean
  /** Such a child was written. */
  hasWritten: boolean
}

/** Counts the lists within an object, and their items as they are written. */
export interface Tally {
  /** Of the object around; undefined at the border of an item. */
  readonly around: Tally | undefined
  lists: number
  found: number
  shown: number
}

/** An object that a filter has to see; filters are named by their index. */
export interface Judged {
  readonly filter: number
  readonly id: string
}

/** A child that may be left out. */
interface Child {
  readonly container: Container
  /** A child that is there stands before it. */
  readonly follows: boolean
}

export type Piece =
  | string
  /** The separator, if a child was written before. */
  | { readonly kind: 'separator'; readonly container: Container }
  | (Child & {
      readonly kind: 'item'
      readonly pieces: readonly Piece[]
      readonly judged: readonly Judged[]
      readonly tally: Tally | undefined
    })
  /** Written when just so many items were found: then the number is that of those that are shown. */
  | (Child & { readonly kind: 'total'; readonly name: string; readonly number: string; readonly tally: Tally })
  /** What is around belongs to an object, and is for those who may see it. */
  | { readonly kind: 'gate'; readonly judged: readonly Judged[] }

/** By filter, the ids that may be seen. */
export type Visible = readonly ReadonlySet<string>[]

/** What stands before a child that is there. */
export function leadOf(container: Container): Piece {
  if (container.hasChild) return container.separator
  return container.mayHaveChild ? { kind: 'separator', container } : ''
}

/** Adds the ids that decide about pieces to those of their filter. */
export function collectIds(pieces: readonly Piece[], ids: readonly Set<string>[]): void {
  for (const piece of pieces) {
    if (typeof piece === 'string') continue
    if (piece.kind === 'item' || piece.kind === 'gate') for (const { filter, id } of piece.judged) ids[filter]?.add(id)
    if (piece.kind === 'item') collectIds(piece.pieces, ids)
  }
}

/** The text of pieces. Throws NOT_FOUND when what is around them may not be seen. */
export function written(pieces: readonly Piece[], visible: Visible): string {
  let text = ''
  for (const piece of pieces) text += typeof piece === 'string' ? piece : writtenPiece(piece, visible)
  return text
}

function writtenPiece(piece: Exclude<Piece, string>, visible: Visible): string {
  switch (piece.kind) {
    case 'separator':
      return piece.container.hasWritten ? piece.container.separator : ''
    case 'gate':
      if (!isVisible(piece.judged, visible)) throw new AppError('NOT_FOUND', 'the answer is about a hidden object')
      return ''
    case 'total': {
      const { lists, found, shown } = piece.tally
      return lists > 0 && String(found) === piece.number ? led(piece, `${piece.name}${shown}`) : ''
    }
    case 'item': {
      const isShown = isVisible(piece.judged, visible)
      count(piece.tally, isShown)
      return isShown ? led(piece, written(piece.pieces, visible)) : ''
    }
  }
}

function led({ container, follows }: Child, text: string): string {
  const lead = follows || container.hasWritten ? container.separator : ''
  container.hasWritten = true
  return lead + text
}

function count(first: Tally | undefined, isShown: boolean): void {
  for (let tally = first; tally !== undefined; tally = tally.around) {
    tally.found += 1
    if (isShown) tally.shown += 1
  }
}

function isVisible(judged: readonly Judged[], visible: Visible): boolean {
  return judged.every(({ filter, id }) => visible[filter]?.has(id) === true)
}
