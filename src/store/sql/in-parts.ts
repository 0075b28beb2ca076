/** Many rows in few statements: databases bound the number of parameters of one. */

/** The rows in parts of at most `size`, in order. */
export function inParts<Row>(rows: readonly Row[], size: number): readonly (readonly Row[])[] {
  const count = Math.ceil(rows.length / size)
  return Array.from({ length: count }, (_, part) => rows.slice(part * size, (part + 1) * size))
}
