/** The language of our own pages: the one that the browser asks for (RFC 9110 §12.5.4), English where that is none of ours. */

import type { IncomingMessage } from 'node:http'
import Negotiator from 'negotiator'
import { GERMAN } from './texts/de.ts'
import { ENGLISH } from './texts/en.ts'
import type { Texts } from './texts/texts.ts'

/** The first stands for all that is not asked for plainly. */
const CATALOGUES: readonly Texts[] = [ENGLISH, GERMAN]
/** Browsers send some dozens of characters. */
const LONGEST_HEADER = 1000

/** The texts in the language that a client wants most. */
export function textsFor(request: Pick<IncomingMessage, 'headers'>): Texts {
  if ((request.headers['accept-language']?.length ?? 0) > LONGEST_HEADER) return ENGLISH
  const wanted = new Negotiator(request).language(CATALOGUES.map(({ language }) => language))
  return CATALOGUES.find(({ language }) => language === wanted) ?? ENGLISH
}
