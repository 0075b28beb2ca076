/** HTML of the demo's pages as tagged templates: everything interpolated is escaped unless it is `Html` itself. */

import escapeHtml from 'escape-html'

export interface Html {
  readonly html: string
}

type Part = Html | readonly Html[] | string | number | null

/** Builds markup; `null` gives nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.map((string, index) => string + render(parts[index] ?? null)).join('') }
}

function render(part: Part): string {
  if (part === null) return ''
  if (typeof part !== 'object') return escapeHtml(String(part))
  return 'html' in part ? part.html : part.map(render).join('')
}
