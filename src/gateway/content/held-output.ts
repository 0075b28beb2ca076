/** Output in the making: settled pieces, and behind them what is held because it may yet be left out. */

import { notFilterable } from './not-filterable.ts'
import { type Container, leadOf, type Piece } from './pieces.ts'

/** Length of the longest object that may be left out, as it comes. */
export const LONGEST_HELD = 4 * 1024 * 1024

export interface HeldOutput {
  write(text: string): void
  add(piece: Exclude<Piece, string>): void
  /** Holds what is written from now on, as the next child of the container; returns the place where that begins. */
  hold(next: Container): number
  /** What is written since is to stay. Call it or `takeBack` for each `hold`, the last one first. */
  keep(place: number): void
  /** Takes out what is written since, but for what divides it from what was before. */
  takeBack(place: number): readonly Piece[]
  /** Told how much was read. Throws NOT_FILTERABLE when too much is held. */
  read(length: number): void
  /** Takes what is settled. */
  take(): Piece[]
}

/** Begins empty. */
export function heldOutput(): HeldOutput {
  let settled: Piece[] = []
  let held: Piece[] | undefined
  /** The end of what is settled or held. */
  let text = ''
  let heldLength = 0

  function flush(): void {
    if (text === '') return
    if (held === undefined) settled.push(text)
    else held.push(text)
    text = ''
  }
  return {
    write(more) {
      text += more
    },
    add(piece) {
      flush()
      const pieces = held ?? settled
      pieces.push(piece)
    },
    hold(next) {
      flush()
      if (held === undefined) {
        held = []
        heldLength = 0
      }
      return held.push(leadOf(next)) - 1
    },
    keep(place) {
      flush()
      if (place > 0 || held === undefined) return
      for (const piece of held) settled.push(piece)
      held = undefined
    },
    takeBack(place) {
      flush()
      const [, ...taken] = held?.splice(place) ?? []
      if (place === 0) held = undefined
      return taken
    },
    read(length) {
      heldLength += length
      if (held !== undefined && heldLength > LONGEST_HELD) throw notFilterable('an object that is too long')
    },
    take() {
      if (held === undefined) flush()
      const taken = settled
      settled = []
      return taken
    },
  }
}
