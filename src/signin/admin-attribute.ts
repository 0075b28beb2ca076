/** The attribute by which an identity provider asserts the Administrator role (`FnmsAdmin`; N-4, N-5). */

/** What the provider says of the role. `absent`: nothing, or nothing that counts. */
export interface AdminAttribute {
  readonly asserted: 'true' | 'false' | 'absent'
  /** Why something that was sent does not count, for the administrator's trace; quotes a value, so it is not for logs. */
  readonly note: string | null
}

const NOT_SENT: AdminAttribute = { asserted: 'absent', note: null }
const LONGEST_QUOTE = 40

/**
 * Reads the attribute `name`; null: this provider has none. One value of `true` or `1`, `false` or `0`, in any case,
 * XML white space around it ignored. Any other value, several or none, and a name in another case or with white space
 * around it count as not asserted and give a note. Where the exact name is there, others like it do not matter.
 */
export function readAdminAttribute(
  attributes: ReadonlyMap<string, readonly string[]>,
  name: string | null,
): AdminAttribute {
  if (name === null) return NOT_SENT
  const values = attributes.get(name)
  if (values === undefined) return misnamed([...attributes.keys()], name)
  const [value] = values
  if (value === undefined || values.length > 1) {
    return refused(`${name} has ${values.length} values, exactly one is expected; it does not count.`)
  }
  const text = value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (/^(?:true|1)$/i.test(text)) return { asserted: 'true', note: null }
  if (/^(?:false|0)$/i.test(text)) return { asserted: 'false', note: null }
  return refused(`${name} is ${quoted(value)}, expected is true, false, 1 or 0; it does not count.`)
}

function misnamed(sent: readonly string[], name: string): AdminAttribute {
  const similar = sent.find((each) => each.trim().toLowerCase() === name.trim().toLowerCase())
  if (similar === undefined) return NOT_SENT
  return refused(`The attribute is named ${quoted(similar)}, expected is exactly ${name}; it does not count.`)
}

function refused(note: string): AdminAttribute {
  return { asserted: 'absent', note }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text)
}
