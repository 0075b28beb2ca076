/** What the soak scripts have in common: their shape and their limits. */

export interface SoakOptions {
  /** The short form, for every change; the long one is for releases. */
  readonly short: boolean
}

export interface Figure {
  readonly what: string
  readonly value: number | string
  /** What must be true of the value, in words; absent where it is only told. */
  readonly limit?: string
  readonly kept?: boolean
}

/** Measures one thing at a real gateway process. Throws when it could not be measured. */
export type Soak = (options: SoakOptions) => Promise<readonly Figure[]>

/** A figure with an upper limit. */
export function atMost(what: string, value: number, limit: number): Figure {
  return { what, value: Math.round(value * 10) / 10, limit: `at most ${limit}`, kept: value <= limit }
}

/** A figure as one line of a report. */
export function lineOf({ what, value, limit, kept }: Figure): string {
  if (limit === undefined) return `${what}: ${value}`
  return `${kept === true ? 'ok  ' : 'FAIL'} ${what}: ${value} (${limit})`
}
