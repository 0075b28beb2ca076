/** Writes the made part of docs/sign-in-diagnosis.md anew. */

import { readFileSync, writeFileSync } from 'node:fs'
import { MARK, madePart } from './diagnosis-page.ts'

const PAGE = new URL('../../../docs/sign-in-diagnosis.md', import.meta.url)
const [written = ''] = readFileSync(PAGE, 'utf8').split(MARK)
writeFileSync(PAGE, `${written}${MARK}\n${madePart()}`)
