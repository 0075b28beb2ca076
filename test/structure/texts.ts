/** Rules on every text of the project, whatever its language. */

export interface Text {
  readonly path: string
  readonly text: string
}

/** Words that have no business in a finished file: places of one machine, and notes of unfinished work. */
const UNFINISHED = [/\.\.\/shared\b/, /\/work\//, /\bTODO\b/, /\bFIXME\b/]

/** Where the words themselves are written down. */
const RULE_FILES = ['test/structure/texts.ts', 'test/structure.test.ts']

/** The head of a private key with key material behind it; a head alone, as code that reads keys has it, is none. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n)*[A-Za-z0-9+/=\s]{40}/

/** One line per forbidden word. */
export function forbiddenWords(texts: readonly Text[]): readonly string[] {
  return texts
    .filter(({ path }) => !RULE_FILES.includes(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) =>
        UNFINISHED.flatMap((word) => {
          const found = word.exec(line)?.[0]
          return found === undefined ? [] : [`${path}:${index + 1} says ${found}`]
        }),
      ),
    )
}

/** One line per file outside test/ that holds a private key. */
export function privateKeys(texts: readonly Text[]): readonly string[] {
  return texts
    .filter(({ path, text }) => !path.startsWith('test/') && PRIVATE_KEY.test(text))
    .map(({ path }) => `${path} holds a private key`)
}
