/** A deadline that starts anew whenever something moves; one timer for a whole message, however often that is. */

export interface Patience {
  /** From now on something has to happen in time. */
  wait(): void
  /** It happened; nothing is waited for until the next `wait`. */
  rest(): void
  /** For good. */
  stop(): void
}

/** Calls `lost` when a wait takes longer than `seconds`. The timer keeps no process alive. */
export function patience(seconds: number, lost: () => void): Patience {
  let waiting = false
  let timer: NodeJS.Timeout | undefined
  const expire = (): void => {
    if (waiting) lost()
  }
  return {
    wait() {
      waiting = true
      if (timer === undefined) timer = setTimeout(expire, seconds * 1000).unref()
      else timer.refresh()
    },
    rest() {
      waiting = false
    },
    stop() {
      waiting = false
      clearTimeout(timer)
      timer = undefined
    },
  }
}
