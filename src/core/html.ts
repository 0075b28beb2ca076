/** HTML as tagged templates: everything interpolated is escaped unless it is `Html` itself. */

import escapeHtml from 'escape-html'

export interface Html {
  readonly html: string
}

type Part = Html | readonly Html[] | string | number | null | false

/** Builds markup; `null` and `false` give nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map((string, index) => string + (index < parts.length ? render(parts[index] ?? null) : ''))
  return { html: text.join('') }
}

function render(part: Part): string {
  if (part === null || part === false) return ''
  if (typeof part === 'object') return 'html' in part ? part.html : part.map((each) => each.html).join('')
  return escapeHtml(String(part))
}
