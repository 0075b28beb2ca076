/** The part of docs/sign-in-diagnosis.md that is made of the check table and its texts. */

import { CHECKS } from '../../../src/signin/saml/checks.ts'
import { HINTS, type Hint, PRODUCTS } from '../../../src/signin/saml/hints.ts'
import { HINT_CASES } from '../../security/saml-cases/hints.ts'

/** The line after which the page is made. */
export const MARK = '<!-- From here on made of the check table: node test/support/saml/write-diagnosis-page.ts -->'

/** The rows in order, then every text with the rows that give it. */
export function madePart(): string {
  const rows = CHECKS.map(({ name, codes, provider }, index) => {
    const texts = HINT_CASES.filter(({ row }) => row === name).map(({ hint }) => `[${hint}](#${hint})`)
    const settings = provider.map((setting) => `\`${setting}\``).join(', ')
    return `| ${index + 1} | ${name} | ${codes.map((code) => `\`${code}\``).join(', ')} | ${settings} | ${texts.join(', ')} |`
  })
  return `
## The check table

The rows in their order. Nothing below a row is believed before it has passed. A setting changes what a row demands, never whether it runs.

| | row | codes | settings of the provider | where to mend it |
|---|---|---|---|---|
${rows.join('\n')}

## Where to mend it
${Object.entries(HINTS).map(section).join('')}`
}

function section([key, hint]: [string, Hint]): string {
  const products = PRODUCTS.map(([product, name]) => `- **${name}**: ${hint[product]}\n`)
  return `\n### ${key}\n\n${hint.general}\n\n${products.join('')}`
}
