/** How our own paths are matched. */

/** Options of every router below `/.gatehouse/`: a path in another case, or with one more slash, is another path. */
export const EXACT_PATHS = { caseSensitive: true, strict: true } as const
