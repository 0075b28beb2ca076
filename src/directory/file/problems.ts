/** Mistakes in a directory file: where each stands and what it is. */

/** The way from the file's top to a value. */
export type FilePath = readonly (string | number)[]

export interface FileProblem {
  readonly path: FilePath
  /** What is wrong, in words that go behind the key. */
  readonly message: string
}

/** Finds all problems of one file. */
export interface ProblemList {
  add(path: FilePath, message: string): void
  readonly all: readonly FileProblem[]
}

export function problemList(): ProblemList {
  const all: FileProblem[] = []
  return { add: (path, message) => void all.push({ path, message }), all }
}

/** The path as text, such as `operators[3].roles[0]`. */
export function pathText(path: FilePath): string {
  return path.reduce<string>((text, part) => text + partText(part, text === ''), '')
}

function partText(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`
  if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`
  return first ? part : `.${part}`
}
