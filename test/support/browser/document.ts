/** Reads forms and links out of a page, as far as our pages and the demo's need it. */

export interface FormButton {
  readonly name: string | null
  readonly value: string
  /** What stands on it. */
  readonly text: string
}

export interface Form {
  /** As it stands in the page; empty: the page itself. */
  readonly action: string
  readonly method: 'GET' | 'POST'
  /** Inputs with a name, hidden ones and others; unchecked boxes left out. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly buttons: readonly FormButton[]
}

export interface Link {
  readonly href: string
  readonly text: string
}

/** All forms of a page, in order. */
export function readForms(markup: string): Form[] {
  return [...markup.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, attributes = '', content = '']) => {
    const form = readAttributes(attributes)
    return {
      action: form.get('action') ?? '',
      method: form.get('method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      fields: [...content.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, text = '']) => readInput(readAttributes(text))),
      buttons: readButtons(content),
    }
  })
}

/** All links of a page, in order. */
export function readLinks(markup: string): Link[] {
  return [...markup.matchAll(/<a\b([^>]*)>(.*?)<\/a>/gis)].flatMap(([, attributes = '', content = '']) => {
    const href = readAttributes(attributes).get('href')
    return href === undefined ? [] : [{ href, text: plainText(content) }]
  })
}

/** Markup as the text a reader sees, blanks folded. */
export function plainText(markup: string): string {
  return decodeEntities(markup.replace(/<(style|script)\b.*?<\/\1>/gis, '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
}

function readButtons(content: string): FormButton[] {
  return [...content.matchAll(/<button\b([^>]*)>(.*?)<\/button>/gis)].flatMap(([, attributes = '', inner = '']) => {
    const button = readAttributes(attributes)
    if ((button.get('type') ?? 'submit') !== 'submit') return []
    return [{ name: button.get('name') ?? null, value: button.get('value') ?? '', text: plainText(inner) }]
  })
}

function readInput(input: ReadonlyMap<string, string>): [string, string][] {
  const name = input.get('name')
  const type = input.get('type')?.toLowerCase() ?? 'text'
  if (name === undefined || type === 'submit') return []
  if ((type === 'checkbox' || type === 'radio') && !input.has('checked')) return []
  return [[name, input.get('value') ?? '']]
}

function readAttributes(text: string): Map<string, string> {
  const found = text.matchAll(/([^\s=/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)
  return new Map([...found].map(([, name = '', a, b, c]) => [name.toLowerCase(), decodeEntities(a ?? b ?? c ?? '')]))
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    return ENTITIES[name] ?? whole
  })
}
