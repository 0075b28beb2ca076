/**
 * Copies text to the output as it came, in runs as long as possible: what has to be written anew is the exception. A child of
 * an object or array stays open from its separator on until its value begins: until then it may yet be left out.
 */

export interface SourceCopy {
  /** The next part of the text begins. */
  next(part: string): void
  /** The part is over. */
  over(): void
  /** A child may begin at `at`: with its separator, or right behind the bracket. */
  mayBegin(at: number): void
  /**
   * The value of a child that stays begins at `at`. True when separator and name must be written anew, as always with
   * `isEdited`; else they are copied.
   */
  begin(at: number, isEdited: boolean): boolean
  /** Separator and name of the child that is open are not as they have to be written. */
  rewrite(): void
  /** The child that is open is not copied, up to the next `resume`. */
  leaveOut(): void
  /** What comes from `at` on is not copied, up to the next `resume`. */
  stop(at: number): void
  resume(at: number): void
  /** The brackets close at `at`. */
  close(at: number): void
  /** One sign that means nothing. */
  skip(at: number): void
  /** Hands over everything before `at`. */
  settle(at: number): void
}

/** `write` takes the runs. */
export function sourceCopy(write: (text: string) => void): SourceCopy {
  let part = ''
  /** Where what is not handed over yet begins. */
  let run = 0
  let isCopying = true
  /** Where the child that is open begins; undefined: there is none. */
  let opened: number | undefined = 0
  /** What belongs to it must be written anew. */
  let mustWrite = true

  function settle(at: number): void {
    if (run < at) write(part.slice(run, at))
    run = at
  }
  function rewrite(): void {
    if (opened !== undefined && !mustWrite) settle(opened)
    mustWrite = true
  }
  return {
    next(text) {
      part = text
      run = 0
      if (opened !== undefined) opened = 0
    },
    over() {
      if (!isCopying) return
      if (opened === undefined) settle(part.length)
      else rewrite()
    },
    mayBegin(at) {
      opened = at
      mustWrite = false
    },
    begin(at, isEdited) {
      if (isEdited) rewrite()
      const isAnew = mustWrite
      if (isAnew) run = at
      opened = undefined
      mustWrite = false
      return isAnew
    },
    rewrite,
    leaveOut() {
      rewrite()
      isCopying = false
    },
    stop(at) {
      settle(at)
      isCopying = false
    },
    resume(at) {
      run = at
      isCopying = true
      opened = undefined
      mustWrite = false
    },
    close(at) {
      if (mustWrite) run = at
      opened = undefined
      mustWrite = false
    },
    skip(at) {
      if (!isCopying) return
      if (opened === undefined) settle(at)
      else rewrite()
      run = at + 1
    },
    settle,
  }
}
