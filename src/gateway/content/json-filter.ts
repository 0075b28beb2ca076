/**
 * Obligations on JSON: what the tokenizer has read is copied token by token, or written anew, without what is hidden.
 * Values are copied as soon as they are read, but for objects that a filter may leave out: such an object is held until its end.
 */

import type { CompiledRules, NameVerdict } from './compiled-rules.ts'
import { checkEmbedded } from './embedded-json.ts'
import { heldOutput } from './held-output.ts'
import { countList, type Frame, frame, maskedScalar, wholeNumber } from './json-frame.ts'
import { type JsonSink, jsonTokenizer } from './json-tokenizer.ts'
import { MASKED_WHOLE } from './mask.ts'
import { notFilterable } from './not-filterable.ts'
import type { Judged, Piece, Tally } from './pieces.ts'
import { listPlace, NOWHERE, type Place } from './places.ts'
import { sourceCopy } from './source-copy.ts'

/** Reads content of one form and makes pieces of it. Its methods throw NOT_FILTERABLE. */
export interface ContentReader {
  feed(text: string): void
  /** The content is complete. */
  end(): void
  /** Takes the pieces that are there; what is held stays. */
  take(): Piece[]
  /** Whether nothing at all is left of the content. Asked when everything is written. */
  isAllHidden(): boolean
}

/** Reads one JSON text, or with `lines` one per line. */
export function jsonFilter(rules: CompiledRules, { lines }: { lines: boolean }): ContentReader {
  const { filters } = rules
  const hasFilters = filters.length > 0
  const hidesEverywhere = filters.some(({ everywhere }) => everywhere)
  /** Filters of which a place was found. */
  const met = new Set<number>()
  const around: Place = lines
    ? listPlace(filters.length)
    : { ...NOWHERE, isOnTheWay: rules.root !== NOWHERE, below: () => rules.root }
  const outermost = frame({ isObject: false, place: around, separator: lines ? '\n' : '', isEdited: lines })
  const frames: Frame[] = [outermost]
  let top = outermost
  /** Of the member whose value comes next. */
  let member: NameVerdict | undefined
  /** Depth inside a value that is not shown. */
  let muted = 0
  const output = heldOutput()
  const source = sourceCopy(output.write)
  let part = ''

  /** Begins a child that is there; its value begins at `at`. */
  function begin(at: number): void {
    top.isEmpty = false
    if (source.begin(at, top.isEdited)) {
      if (top.hasChild) output.write(top.separator)
      else if (top.mayHaveChild) output.add({ kind: 'separator', container: top })
      if (top.isObject && member !== undefined) output.write(member.json)
    }
    top.hasChild = true
  }
  function placeBelow(): Place {
    if (top.place === NOWHERE) return NOWHERE
    return top.place.below(top.isObject && member !== undefined ? member.folded : null)
  }
  function meet(place: Place): void {
    for (const filter of place.filters) met.add(filter)
  }
  function isOutsideItems(): boolean {
    return !top.inItem || top.place.isOnTheWay
  }
  function dropsTotal({ total, lastLink }: NameVerdict): boolean {
    return total === 'named' || lastLink === 'named' || ((total ?? lastLink) !== null && isOutsideItems())
  }

  /**
   * Whether the value of the member, which begins at `from`, is kept from the reader as a whole; then nothing is copied any
   * more. `instead` stands in its place, if anything.
   */
  function hides(verdict: NameVerdict, from: number, instead: string): boolean {
    if (verdict.hide === null && !dropsTotal(verdict)) return false
    meet(placeBelow())
    if (verdict.hide !== null && verdict.hide !== 'remove') {
      begin(from)
      source.stop(from)
      output.write(instead)
    } else leaveOut()
    return true
  }
  function leaveOut(): void {
    source.leaveOut()
    top.isEmpty = false
    top.isEdited = true
  }

  function noteId({ idOf }: NameVerdict, id: string | undefined, isNull: boolean): void {
    for (const filter of idOf) {
      const isItem = top.place.itemOf.includes(filter)
      if (!isItem && filters[filter]?.everywhere !== true) continue
      if (isNull && !isItem) continue
      if (id === undefined) throw notFilterable('an id that is neither text nor a whole number')
      top.ids ??= new Map()
      if (top.ids.has(filter)) throw notFilterable('an object with two ids')
      top.ids.set(filter, id)
      if (top.heldFrom === undefined) output.add({ kind: 'gate', judged: [{ filter, id }] })
    }
  }

  function scalar(from: number, to: number, text: string | undefined, isString: boolean): void {
    if (muted > 0) return
    const verdict = top.isObject ? member : undefined
    const place = placeBelow()
    if ((verdict !== undefined && !verdict.isPlain) || place !== NOWHERE) {
      const value = isString ? (text ?? part.slice(from + 1, to - 1)) : undefined
      const json = value === undefined ? (text ?? part.slice(from, to)) : JSON.stringify(value)
      if (isTaken(verdict, place, { from, json, value })) {
        source.resume(to)
        return
      }
    }
    // Only what is escaped has quotes in it.
    if (isString && text !== undefined && rules.hidesFields) checkEmbedded(text, rules)
    begin(from)
    if (text === undefined) return
    source.stop(from)
    output.write(isString ? JSON.stringify(text) : text)
    source.resume(to)
  }

  /** Whether a scalar with a meaning is hidden, or was written as an item; then nothing is copied any more. */
  function isTaken(verdict: NameVerdict | undefined, place: Place, { from, json, value }: Scalar): boolean {
    if (verdict !== undefined && !verdict.isPlain) {
      if (verdict.idOf.length > 0) noteId(verdict, value ?? wholeNumber(json), json === 'null')
      if (verdict.isRelation && !top.inItem && value !== undefined) top.isLastLink ||= /\blast\b/i.test(value)
      if (verdict.total !== null && verdict.hide === null && dropsTotal(verdict)) {
        top.totals = [...top.totals, { name: verdict.json, number: json }]
      }
      if (hides(verdict, from, maskedScalar(verdict, json, value))) return true
    }
    return place !== NOWHERE && isItem(place, json, value)
  }

  /** Where lists or items stand, a scalar may be an id or nothing at all. Returns whether it was taken as an item. */
  function isItem(place: Place, json: string, value: string | undefined): boolean {
    meet(place)
    if (place.itemOf.length === 0) {
      if (place.isOnTheWay && json !== 'null') throw notFilterable('a plain value where a list must be')
      if (place.listOf.length > 0) countList(top.tally)
      return false
    }
    const id = value ?? wholeNumber(json)
    if (id === undefined || place.itemOf.some((filter) => filters[filter]?.id.length !== 0)) {
      throw notFilterable('an item without an id')
    }
    const name = top.isObject && member !== undefined ? member.json : ''
    leaveOut()
    addItem(
      place.itemOf.map((filter) => ({ filter, id })),
      [`${name}${json}`],
      top.tally,
    )
    return true
  }
  function addItem(judged: readonly Judged[], pieces: readonly Piece[], tally: Tally | undefined): void {
    output.add({ kind: 'item', container: top, follows: top.hasChild, pieces, judged, tally })
    top.mayHaveChild = true
  }

  /** Whether an object may be left out and is therefore held until its end. */
  function mayGo(place: Place, isObject: boolean): boolean {
    if (place.itemOf.length > 0) return true
    if (!hasFilters || !isObject || place.isOnTheWay || top === outermost) return false
    return hidesEverywhere || !top.inItem
  }

  function openFrame(isObject: boolean, at: number): void {
    const place = placeBelow()
    const isDeclared = place.itemOf.length > 0
    if (isDeclared && !isObject) throw notFilterable('a list where an item must be')
    if (isDeclared || place.listOf.length > 0) meet(place)
    const heldFrom = mayGo(place, isObject) ? hold(at) : undefined
    if (heldFrom === undefined) begin(at)
    const inItem = isDeclared || top.inItem
    const isCounted = hasFilters && (!inItem || place.isOnTheWay)
    const own =
      isObject && isCounted ? { around: isDeclared ? undefined : top.tally, lists: 0, found: 0, shown: 0 } : undefined
    const tally = isObject ? own : top.tally
    if (place.listOf.length > 0) countList(tally)
    top = frame({ isObject, place, inItem, heldFrom, tally })
    frames.push(top)
    source.mayBegin(at + 1)
  }
  /** From here on the child that begins is held, with its name. */
  function hold(at: number): number {
    source.leaveOut()
    const place = output.hold(top)
    if (top.isObject && member !== undefined) output.write(member.json)
    source.resume(at)
    return place
  }

  function closeFrame(at: number): void {
    const closed = top
    source.close(at)
    if (closed.totals.length > 0) source.settle(at)
    for (const { name, number } of closed.totals) {
      if (closed.tally === undefined || wholeNumber(number) === undefined) continue
      output.add({ kind: 'total', container: closed, follows: closed.hasChild, name, number, tally: closed.tally })
    }
    if (closed.isEmpty) meet(closed.place)
    frames.pop()
    top = frames.at(-1) ?? outermost
    if (closed.heldFrom === undefined) return
    source.settle(at + 1)
    release(closed, closed.heldFrom)
  }
  /** Decides whether what was held is an item. */
  function release({ ids, place, isLastLink }: Frame, heldFrom: number): void {
    if (place.itemOf.some((filter) => ids?.has(filter) !== true)) throw notFilterable('an item without an id')
    top.isEmpty = false
    // The separator before it was taken out of the copy, and so will be those of all that follow.
    top.isEdited = true
    if (isLastLink) output.takeBack(heldFrom)
    else if (ids !== undefined) {
      const judged = [...ids].map(([filter, id]) => ({ filter, id }))
      addItem(judged, output.takeBack(heldFrom), isCountedItem(place))
    } else {
      output.keep(heldFrom)
      top.hasChild = true
    }
  }
  function isCountedItem(place: Place): Tally | undefined {
    return place.itemOf.length > 0 ? top.tally : undefined
  }

  const sink: JsonSink = {
    open(isObject, at) {
      if (muted > 0) muted += 1
      else {
        const verdict = top.isObject ? member : undefined
        if (verdict !== undefined && verdict.idOf.length > 0) noteId(verdict, undefined, false)
        if (verdict !== undefined && hides(verdict, at, JSON.stringify(MASKED_WHOLE))) muted = 1
        else openFrame(isObject, at)
      }
    },
    close(at) {
      if (muted === 0) closeFrame(at)
      else {
        muted -= 1
        if (muted === 0) source.resume(at + 1)
      }
    },
    separator(at) {
      if (muted === 0) source.mayBegin(at)
    },
    name(name, isAsWritten) {
      if (muted > 0) return
      member = rules.verdictOn(name)
      if (!isAsWritten) source.rewrite()
    },
    string: (from, to, text) => scalar(from, to, text, true),
    bare: (from, to, json) => scalar(from, to, json, false),
    space(at) {
      if (muted === 0) source.skip(at)
    },
  }
  const tokenizer = jsonTokenizer(sink, { lines })

  return {
    feed(text) {
      part = text
      source.next(text)
      tokenizer.feed(text)
      source.over()
      output.read(text.length)
    },
    end() {
      part = ''
      source.next(part)
      tokenizer.end()
      source.over()
      const isMissing = filters.some(({ places }, filter) => places.length > 0 && !met.has(filter))
      if (!lines && isMissing) throw notFilterable('nothing where items must be')
      if (lines && outermost.hasChild) output.write('\n')
      else if (lines) output.add({ kind: 'separator', container: outermost })
    },
    take: output.take,
    isAllHidden: () => !lines && !outermost.hasChild && !outermost.hasWritten,
  }
}

interface Scalar {
  readonly from: number
  readonly json: string
  /** What a string says; undefined: it is none. */
  readonly value: string | undefined
}
