/** What is known of an open object or array of JSON while it is read, and of its plain values. */

import type { NameVerdict } from './compiled-rules.ts'
import { MASKED_WHOLE, maskText } from './mask.ts'
import type { Container, Tally } from './pieces.ts'
import type { Place } from './places.ts'

/** An open object or array. */
export interface Frame extends Container {
  readonly isObject: boolean
  readonly place: Place
  /** It is an item by its place, or inside one. */
  readonly inItem: boolean
  /** Where its pieces begin among the held ones; undefined: it is not held. */
  readonly heldFrom: number | undefined
  /** Undefined where nothing is counted. */
  readonly tally: Tally | undefined
  isEmpty: boolean
  /** A child was or may be left out: separators are written anew. */
  isEdited: boolean
  /** By filter; undefined as long as there is none, as mostly. */
  ids: Map<number, string> | undefined
  /** A link of the relation `last`. */
  isLastLink: boolean
  totals: readonly { readonly name: string; readonly number: string }[]
}

/** Of what has just been opened. */
export function frame(
  own: Pick<Frame, 'isObject' | 'place'> &
    Partial<Pick<Frame, 'inItem' | 'heldFrom' | 'tally' | 'separator' | 'isEdited'>>,
): Frame {
  return {
    isObject: own.isObject,
    place: own.place,
    inItem: own.inItem ?? false,
    heldFrom: own.heldFrom,
    tally: own.tally,
    separator: own.separator ?? ',',
    hasChild: false,
    mayHaveChild: false,
    hasWritten: false,
    isEmpty: true,
    isEdited: own.isEdited ?? false,
    ids: undefined,
    isLastLink: false,
    totals: NONE,
  }
}

const NONE: Frame['totals'] = []

/** The digits of a whole number in its one normal form: another spelling of an id might pass for another object. */
export function wholeNumber(json: string): string | undefined {
  return /^(?:0|-?[1-9][0-9]*)$/.test(json) ? json : undefined
}

/** What is shown for a masked value; nothing where none is masked. */
export function maskedScalar({ hide }: NameVerdict, json: string, value: string | undefined): string {
  if (hide === null || hide === 'remove') return ''
  if (json === 'null') return json
  return JSON.stringify(value === undefined ? MASKED_WHOLE : maskText(value, hide.keepLast))
}

/** Notes a list in all objects around it, up to the next item. */
export function countList(first: Tally | undefined): void {
  for (let tally = first; tally !== undefined; tally = tally.around) tally.lists += 1
}
