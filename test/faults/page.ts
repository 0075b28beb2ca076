/** The page of figures: each script owns the text between two markers. */

import type { Figure } from '../soak/soak.ts'

/** The page with the figures of a script in their place. Throws when the page has no place for them. */
export function withFigures(page: string, name: string, figures: readonly Figure[]): string {
  const [begin, end] = [`<!-- figures: ${name} -->`, `<!-- end: ${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no place for ${name}`)
  const rows = figures.map(({ what, value }) => `| ${cell(what)} | ${cell(String(value))} |`)
  const table = ['| what | figure |', '|---|---|', ...rows].join('\n')
  return `${page.slice(0, from)}${begin}\n\n${table}\n\n${page.slice(to)}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
