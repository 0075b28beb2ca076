/** XML as tagged templates: everything interpolated is escaped unless it is `Xml` itself. */

export interface Xml {
  readonly xml: string
}

type Part = Xml | readonly (Xml | null)[] | string | null

/** Builds markup; `null` gives nothing. */
export function xml(strings: TemplateStringsArray, ...parts: readonly Part[]): Xml {
  return { xml: strings.map((string, index) => string + render(parts[index] ?? null)).join('') }
}

function render(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return escapeXml(part)
  return 'xml' in part ? part.xml : part.map(render).join('')
}

/** Line ends and tabs as references too: a parser would turn them into blanks inside an attribute (XML 1.0 §3.3.3). */
function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
